import Foundation
import GatewayCore
import Testing

@testable import GatewayStore

@Suite struct DataFolderTests {
    @Test func aSecondOwnerIsRefusedAndToldWhoHoldsIt() throws {
        let folder = try StoreFolder()
        let first = try DataFolder(at: folder.url)
        let error = #expect(throws: GatewayError.self) { try DataFolder(at: folder.url) }
        #expect(error?.reason == "dataFolderLocked")
        #expect(error?.details["pid"] == "\(getpid())")
        #expect(error?.message.contains("\(getpid())") == true)
        withExtendedLifetime(first) {}
    }

    @Test func theFolderIsFreeAgainWhenItsOwnerIsGone() throws {
        let folder = try StoreFolder()
        do { _ = try DataFolder(at: folder.url) }
        #expect(throws: Never.self) { try DataFolder(at: folder.url) }
    }

    /// `flock(1)` of util-linux is the other process.
    @Test func anotherProcessIsKeptOutAndKeepsUsOut() throws {
        let folder = try StoreFolder()
        let lock = folder.url.appending(path: "lock").path
        do {
            let owner = try DataFolder(at: folder.url)
            #expect(try run("/usr/bin/flock", ["--nonblock", lock, "true"]) == 1)
            withExtendedLifetime(owner) {}
        }
        let other = Process()
        let input = Pipe()
        let output = Pipe()
        other.executableURL = URL(fileURLWithPath: "/usr/bin/flock")
        other.arguments = ["--nonblock", lock, "sh", "-c", "echo held; read line"]
        other.standardInput = input
        other.standardOutput = output
        try other.run()
        #expect(try output.fileHandleForReading.read(upToCount: 5) == Data("held\n".utf8))
        let error = #expect(throws: GatewayError.self) { try DataFolder(at: folder.url) }
        #expect(error?.reason == "dataFolderLocked")
        try input.fileHandleForWriting.close()
        other.waitUntilExit()
        #expect(throws: Never.self) { try DataFolder(at: folder.url) }
    }

    @Test func aMissingFolderIsMadeForItsOwnerOnly() throws {
        let folder = try StoreFolder()
        let nested = folder.url.appending(path: "a/b")
        let owner = try DataFolder(at: nested)
        let attributes = try FileManager.default.attributesOfItem(atPath: nested.path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o700)
        withExtendedLifetime(owner) {}
    }

    @Test func aFileInItsPlaceIsRefused() throws {
        let folder = try StoreFolder()
        let file = folder.url.appending(path: "file")
        try Data("x".utf8).write(to: file)
        let error = #expect(throws: GatewayError.self) { try DataFolder(at: file) }
        #expect(error?.reason == "dataFolderUnusable")
        #expect(try Data(contentsOf: file) == Data("x".utf8))
    }

    private func run(_ path: String, _ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
