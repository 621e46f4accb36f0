import ArgumentParser
import GatewayCore

/// Runs a command's body; what goes wrong is said in words on standard error, and the command exits with 1.
func reportingFailure(_ body: () async throws -> Void) async throws {
    do {
        try await body()
    } catch let error as GatewayError {
        StandardStreams.error("lookout: " + error.message + (error.remedy.map { "; " + $0 } ?? ""))
        throw ExitCode.failure
    } catch let error as ConfigurationFaults {
        StandardStreams.error("\(error)")
        throw ExitCode.failure
    } catch let error as ExitCode {
        throw error
    } catch {
        StandardStreams.error("lookout: \(error)")
        throw ExitCode.failure
    }
}
