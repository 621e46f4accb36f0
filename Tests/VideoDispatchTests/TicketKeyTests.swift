import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct TicketKeyTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ticket-key-\(UInt64.random(in: 0...UInt64.max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func isMadeOnceAndReadAgain() throws {
        try withFolder { folder in
            let file = folder.appending(path: "ticket.key")
            let first = try TicketKey.load(from: file)
            let second = try TicketKey.load(from: file)
            #expect(first.signature(of: [1, 2, 3]) == second.signature(of: [1, 2, 3]))
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ticket.key"])
        }
    }

    @Test(arguments: [0, 31, 33, 4_096]) func aForeignFileIsRefusedAndKept(size: Int) throws {
        try withFolder { folder in
            let file = folder.appending(path: "ticket.key")
            try Data(repeating: 7, count: size).write(to: file)
            #expect(throws: GatewayError.self) { try TicketKey.load(from: file) }
            #expect(try Data(contentsOf: file).count == size)
        }
    }

    @Test func aMissingFolderIsAnError() {
        #expect(throws: GatewayError.self) { try TicketKey.load(from: URL(filePath: "/nonexistent-folder/ticket.key")) }
    }

    @Test func neverShowsItself() {
        #expect("\(TicketKey())" == "ticket key (redacted)")
    }
}
