import Foundation
import GatewayCore
import Testing

@testable import FFmpegMedia

@Suite struct TestClipTests {
    private func clip(_ scene: Int, _ codec: VideoCodec = .h264, name: String = "滨江大道一段路口") -> TestClip {
        TestClip(name: name, number: "5113210000131000100\(scene)", scene: scene, codec: codec)
    }

    /// Probes the loop from its key frame `gop` on.
    private func picture(_ clip: AnnexBClip, gop: Int) throws -> ProbeReport.Picture {
        let stream = clip.accessUnits[(gop * TestClip.framesPerGOP)...].flatMap(\.nalUnits)
            .reduce(into: [UInt8]()) { $0 += [0, 0, 0, 1] + $1 }
        let rest = try AnnexBClip(stream: stream, codec: clip.codec, framesPerSecond: clip.framesPerSecond)
        let sender = RTPSender(clip: rest)
        let inlet = PacketInlet()
        sender.pushAll(into: inlet, closing: true)
        let found = PictureProbe.run(sdp: sender.sdp(), inlet: inlet)
        #expect(found.video?.width == TestClip.width && found.video?.height == TestClip.height)
        return try #require(found.picture)
    }

    private func distance(_ one: ProbeReport.Picture, _ other: ProbeReport.Picture) -> Int {
        zip(one.signature, other.signature).map { abs(Int($0) - Int($1)) }.max() ?? 0
    }

    @Test(arguments: [VideoCodec.h264, .h265])
    func loopMovesAndIsNeitherBlackNorFlat(codec: VideoCodec) throws {
        let made = clip(3, codec)
        let loop = try AnnexBClip(stream: made.encode(), codec: codec, framesPerSecond: TestClip.framesPerSecond)
        #expect(loop.accessUnits.count == made.frames)
        for (index, unit) in loop.accessUnits.enumerated() {
            #expect(unit.isKey == index.isMultiple(of: TestClip.framesPerGOP))
            #expect(!unit.isKey || unit.nalUnits.starts(with: loop.parameterSets))
        }
        let pictures = try (0..<made.frames / TestClip.framesPerGOP).map { try picture(loop, gop: $0) }
        for picture in pictures {
            #expect(picture.mean > 40)
            #expect(picture.variance > 300)
        }
        for (one, next) in zip(pictures, pictures.dropFirst()) { #expect(distance(one, next) > 10) }
        let bits = loop.accessUnits.flatMap(\.nalUnits).reduce(0) { $0 + $1.count } * 8
        let kbps = Double(bits) / 1000 / (loop.duration / .seconds(1))
        #expect(100...800 ~= kbps, "\(kbps)")
    }

    @Test func scenesDifferAndTheSameSceneDoesNot() throws {
        func first(_ clip: TestClip) throws -> Canvas {
            let scene = try StreetScene(clip, font: Font(), frames: 30)
            try scene.draw(frame: 7)
            return scene.canvas
        }
        func luma(_ canvas: Canvas) -> [UInt8] { canvas.frame.withPlane(0) { bytes, _ in Array(bytes) } ?? [] }
        let one = try luma(first(clip(1)))
        #expect(one == (try luma(first(clip(1)))))
        #expect(one != (try luma(first(clip(2)))))
        #expect(one != (try luma(first(clip(1, name: "伏虎镇雪亮工程")))))
    }

    @Test func theClockRunsAndTheLoopCloses() throws {
        let scene = try StreetScene(clip(1), font: Font(), frames: 30)
        func clock(_ frame: Int) throws -> [UInt8] {
            try scene.draw(frame: frame)
            // Where the clock is: the last 60 rows and 160 columns.
            return scene.canvas.frame.withPlane(0) { bytes, stride in
                (TestClip.height - 60..<TestClip.height).flatMap {
                    bytes[$0 * stride + TestClip.width - 160..<$0 * stride + TestClip.width]
                }
            } ?? []
        }
        let start = try clock(0)
        #expect(start.contains { $0 > 200 } && start.contains { $0 < 60 })
        #expect(try clock(15) != start)
        #expect(try clock(30) == start)
    }

    @Test func filesAreMadeOnceAndNamedByContent() async throws {
        let folder = try Media.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let threads = MediaThreads(count: 2)
        let clips = [clip(1), clip(2, .h265)]
        let files = try await TestClip.write(clips, into: folder, on: threads)
        #expect(files.map(\.lastPathComponent) == clips.map(\.fileName))
        let dates = try files.map { try $0.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate }
        #expect(try await TestClip.write(clips, into: folder, on: threads) == files)
        #expect(dates == (try files.map { try $0.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate }))
        #expect(try AnnexBClip(contentsOf: files[1]).codec == .h265)
        #expect(clip(1).fileName != clip(1, name: "x").fileName)
        let hostile = TestClip(name: "a/b\u{0}", number: "../../etc/passwd", scene: .min, codec: .h264)
        #expect(!hostile.fileName.contains("/") && !hostile.fileName.contains(".."))
        #expect(FileManager.default.fileExists(atPath: try hostile.write(into: folder).path))
        await threads.shutdown()
    }
}
