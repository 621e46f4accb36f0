import Foundation
import GatewayCore
import Testing

@testable import FFmpegMedia

@Suite struct AnnexBClipTests {
    private func stream(_ clip: AnnexBClip, startCode: [UInt8] = [0, 0, 1]) -> [UInt8] {
        clip.accessUnits.flatMap(\.nalUnits).reduce(into: []) { $0 += startCode + $1 }
    }

    @Test(arguments: [VideoCodec.h264, .h265], [[0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 0, 0, 1]] as [[UInt8]])
    func readsWhatWasWritten(codec: VideoCodec, startCode: [UInt8]) throws {
        let clip = try Media.clip(codec, frames: 20).clip
        #expect(clip.accessUnits.count == 20)
        #expect(clip.accessUnits.map(\.isKey) == (0..<20).map { $0.isMultiple(of: 15) })
        #expect(clip.parameterSets.count == (codec == .h264 ? 2 : 3))
        let again = try AnnexBClip(stream: stream(clip, startCode: startCode), codec: codec, framesPerSecond: 15)
        #expect(again.accessUnits.map(\.nalUnits) == clip.accessUnits.map(\.nalUnits))
    }

    @Test func aFileCutOffAnywherePlaysUpToThere() throws {
        let clip = try Media.clip(.h264, frames: 4, width: 64, height: 48).clip
        let whole = stream(clip)
        var pictures = Set<Int>()
        for end in 0...whole.count {
            let cut = Array(whole[..<end])
            guard let read = try? AnnexBClip(stream: cut, codec: .h264, framesPerSecond: 15) else {
                pictures.insert(0)
                continue
            }
            #expect((1...4).contains(read.accessUnits.count))
            pictures.insert(read.accessUnits.count)
        }
        #expect(pictures == [0, 1, 2, 3, 4])
    }

    @Test func filesWithoutPicturesAreRefused() throws {
        let folder = try Media.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var random = SeededGenerator(seed: 1)
        let noise = (0..<4096).map { _ in UInt8.random(in: 2...255, using: &random) }
        for (name, bytes) in [("empty.h264", []), ("noise.h264", noise), ("zeros.h265", [UInt8](repeating: 0, count: 999))] {
            let file = folder.appending(path: name)
            try Data(bytes).write(to: file)
            #expect(throws: AnnexBClip.Failure.self) { try AnnexBClip(contentsOf: file) }
        }
        #expect(throws: (any Error).self) { try AnnexBClip(contentsOf: folder.appending(path: "missing.h264")) }
        #expect(throws: AnnexBClip.Failure.self) { try AnnexBClip(stream: [0, 0, 1, 0x65], codec: .h264, framesPerSecond: 0) }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededGenerator(seed: 2)
        for round in 0..<300 {
            // Many start codes, so that units of every type and of no length occur.
            let bytes = (0..<Int.random(in: 0...400, using: &random)).map { _ in
                Bool.random(using: &random) ? UInt8.random(in: 0...1, using: &random) : UInt8.random(in: 0...255, using: &random)
            }
            let codec = round.isMultiple(of: 2) ? VideoCodec.h264 : .h265
            if let clip = try? AnnexBClip(stream: bytes, codec: codec, framesPerSecond: 15) { #expect(!clip.accessUnits.isEmpty) }
        }
    }
}
