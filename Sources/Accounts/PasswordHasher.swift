import Dispatch
import GatewayCore
import Synchronization

/// Computes password hashes one at a time on a thread of its own, so that neither an event loop nor Swift's cooperative
/// pool waits 100 ms for one, and never more than 32 MiB are taken for it.
///
/// ## Concurrency model
/// A serial dispatch queue does the work; callers suspend. At most ``limit`` wait: whoever comes after is refused.
package final class PasswordHasher: Sendable {
    package static let limit = 32

    private let parameters: PasswordHash.Parameters
    private let queue = DispatchQueue(label: "lookout.password")
    private let waiting = Mutex(0)

    package init(parameters: PasswordHash.Parameters = .standard) { self.parameters = parameters }

    /// - Throws: `GatewayError` `signInBusy`.
    package func hash(_ password: String) async throws -> String {
        let parameters = parameters
        return try await run { try PasswordHash(of: password, parameters: parameters).description }
    }

    /// Whether `password` has this hash. `nil`, or a text that is no hash, matches nothing and takes as long.
    ///
    /// - Throws: `GatewayError` `signInBusy`.
    package func verify(_ password: String, against hash: String?) async throws -> Bool {
        let stored = hash.flatMap { PasswordHash($0) }
        let candidate = stored ?? .unmatchable(parameters: parameters)
        let matches = try await run { try candidate.matches(password) }
        return matches && stored != nil
    }

    private func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        let isAdmitted = waiting.withLock { waiting in
            guard waiting < Self.limit else { return false }
            waiting += 1
            return true
        }
        guard isAdmitted else {
            throw GatewayError(.tooMany, "signInBusy", "登录请求过多", remedy: "稍后重试", details: ["retryAfter": "2"])
        }
        defer { waiting.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}
