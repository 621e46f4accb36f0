import Foundation
import GatewayCore
import Testing

@testable import lookout

@Suite struct ProgramFolderTests {
    @Test func namesEveryProgramThatCannotBeStarted() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "programs-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let make = { (name: String, rights: Int) in
            FileManager.default.createFile(
                atPath: folder.appending(path: name).path, contents: Data("#!".utf8), attributes: [.posixPermissions: rights])
        }
        let error = #expect(throws: GatewayError.self) { try ProgramFolder.check(in: folder) }
        #expect(error?.message.contains("lookout-decoder and lookout-demuxer") == true)
        #expect(error?.remedy?.contains("in one folder") == true)
        #expect(make("lookout-decoder", 0o755) && make("lookout-demuxer", 0o644))
        let other = #expect(throws: GatewayError.self) { try ProgramFolder.check(in: folder) }
        #expect(other?.message.hasPrefix("lookout-demuxer: ") == true)
        try FileManager.default.removeItem(at: folder.appending(path: "lookout-demuxer"))
        #expect(make("lookout-demuxer", 0o755))
        #expect(throws: Never.self) { try ProgramFolder.check(in: folder) }
    }
}
