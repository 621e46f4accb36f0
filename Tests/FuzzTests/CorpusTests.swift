import Foundation
import Testing

/// The inputs that fuzzing found worth keeping, each of which once reached code that no other did, and those that broke
/// something once.
@Suite(.timeLimit(.minutes(5))) struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Corpora")

    @Test(arguments: FuzzTarget.allCases) func `every kept input holds`(target: FuzzTarget) async throws {
        let folder = Self.folder.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 20, "the corpus of \(target.rawValue) is missing")
        for file in files {
            let bytes = try [UInt8](Data(contentsOf: file))
            #expect(bytes.count <= 4_096, "\(file.lastPathComponent) is large")
            do {
                try target.run(bytes)
            } catch {
                Issue.record("\(target.rawValue)/\(file.lastPathComponent): \(error)")
            }
            await Task.yield()
        }
    }
}
