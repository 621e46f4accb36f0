import Foundation
import GatewayCore

/// The video that one simulated camera plays in a loop: 640 × 360, 15 frames a second, a key frame every 2 s, no B-frames,
/// its name, its number and a running clock drawn into a street scene of its own. About 400 kbit/s.
///
/// Written as an Annex-B file that ``AnnexBClip`` reads; the name ends in `.h264` or `.h265`.
package struct TestClip: Sendable, Hashable {
    package static let width = 640
    package static let height = 360
    package static let framesPerSecond = 15
    package static let framesPerGOP = 30

    package let name: String
    /// The camera point's number as it is drawn and as it begins the file's name.
    package let number: String
    /// Chooses colours and houses.
    package let scene: Int
    package let codec: VideoCodec

    package init(name: String, number: String, scene: Int, codec: VideoCodec) {
        self.name = name
        self.number = number
        self.scene = scene
        self.codec = codec
    }

    /// libx265 takes several times as long a frame as libx264, so its loop is shorter: 10 s and 4 s.
    var frames: Int { Self.framesPerGOP * (codec == .h264 ? 5 : 2) }

    /// Bumped when the picture changes, so that clips of an older build are encoded again.
    private static let drawing = 3

    /// Differs when any part of the clip does.
    package var fileName: String {
        let safe = number.unicodeScalars.filter { $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) }
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325  // FNV-1a
        for byte in "\(Self.drawing)|\(name)|\(number)|\(scene)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return "\(String(String.UnicodeScalarView(safe)))-\(String(hash, radix: 16)).\(codec.rawValue)"
    }

    /// Encodes the clip into `folder`, unless it is there already. Blocking: call it on ``MediaThreads``.
    ///
    /// The file appears whole or not at all.
    /// - Throws: ``FFmpegError``, also if no font with Chinese characters is installed; what writing the file throws.
    package func write(into folder: URL) throws -> URL {
        let file = folder.appending(path: fileName)
        if FileManager.default.fileExists(atPath: file.path) { return file }
        try Data(encode()).write(to: file, options: .atomic)
        return file
    }

    /// Encodes all clips that are missing in `folder`, as many at a time as there are threads.
    ///
    /// - Parameter progress: called after each clip, on any thread.
    /// - Returns: the files, in the order of `clips`.
    package static func write(
        _ clips: [TestClip], into folder: URL, on threads: MediaThreads,
        progress: @Sendable @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> [URL] {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try await withThrowingTaskGroup(of: (Int, URL).self) { group in
            var waiting = Array(clips.enumerated()).reversed()[...]
            func startNext() {
                guard let (index, clip) = waiting.popLast() else { return }
                group.addTask { (index, try await threads.run { try clip.write(into: folder) }) }
            }
            // Bounded by what is under way, so that a pool's queue never refuses one.
            for _ in 0..<8 { startNext() }
            var files = [URL?](repeating: nil, count: clips.count)
            var done = 0
            while let (index, file) = try await group.next() {
                files[index] = file
                done += 1
                progress(done, clips.count)
                startNext()
            }
            return files.compactMap { $0 }
        }
    }

    /// The whole loop as a byte stream.
    func encode() throws(FFmpegError) -> [UInt8] {
        let encoder = try VideoEncoder(
            .camera(
                codec, width: Self.width, height: Self.height, framesPerSecond: Self.framesPerSecond, gop: Self.framesPerGOP,
                maximumBitsPerSecond: 800_000))
        let scene = try StreetScene(self, font: Font(), frames: frames)
        var stream: [UInt8] = []
        for number in 0..<frames {
            try scene.draw(frame: number)
            for encoded in try encoder.encode(scene.canvas.frame, number: number) { stream += encoded.bytes }
        }
        for encoded in try encoder.finish() { stream += encoded.bytes }
        return stream
    }
}
