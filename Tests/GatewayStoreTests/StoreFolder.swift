import Foundation
import GRDB
import GatewayCore
import IncidentCommand

@testable import GatewayStore

/// A data folder of a test's own, removed with it.
final class StoreFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(
            path: "lookout-store-\(UUID().uuidString)", directoryHint: .isDirectory)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    var databaseURL: URL { url.appending(path: "lookout.sqlite") }

    func open() throws -> GatewayDatabase { try GatewayDatabase(in: DataFolder(at: url)) }

    /// Every file and its bytes.
    func contents() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: url.path) where name != "lock" {
            found[name] = try Data(contentsOf: url.appending(path: name))
        }
        return found
    }
}

/// Runs `body` with a fresh database, and closes it.
func withDatabase<T>(_ body: (GatewayDatabase) async throws -> T) async throws -> T {
    let folder = try StoreFolder()
    let database = try folder.open()
    defer { try? database.close() }
    return try await body(database)
}

func person(_ role: String = "commander", name: String = "张三") -> IncidentActor {
    IncidentActor(id: .random(), name: name, role: role, unit: "指挥中心")
}

func reason(_ body: () async throws -> some Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch let error as GatewayError {
        return error.reason
    } catch {
        return "\(error)"
    }
}

let morning = Date(millisecondsSince1970: 1_795_400_000_000)
