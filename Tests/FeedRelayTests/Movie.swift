import Foundation
import GatewayCore
import NIOCore

/// What FFmpeg's own programs find in a movie.
enum Movie {
    struct Probed {
        struct Packet: Hashable {
            var pts: Int64
            var dts: Int64
            var duration: Int64
            var isKey: Bool
        }
        var packets: [Packet]
        var decodedFrames: Int
        var timeBase: String
        var tag: String
        var errors: String
    }

    /// What one of FFmpeg's programs writes to its standard error.
    static func complaints(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["timeout", "60", program] + arguments
        let errors = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = errors
        try process.run()
        let text = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }

    static func ffprobe(_ movie: ByteBuffer) throws -> Probed {
        let folder = try TemporaryFolder.make()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "movie.mp4")
        try Data(movie.readableBytesView).write(to: file)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "ffprobe", "-v", "warning", "-of", "json", "-count_frames", "-show_entries",
            "packet=pts,dts,duration,flags:stream=nb_read_frames,time_base,codec_tag_string", file.path,
        ]
        let output = Pipe()
        let errors = folder.appending(path: "errors")
        try Data().write(to: errors)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let json = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        struct Answer: Decodable {
            struct Packet: Decodable {
                var pts, dts, duration: Int64?
                var flags: String
            }
            struct Stream: Decodable {
                var nbReadFrames, timeBase, codecTagString: String?
            }
            var packets: [Packet]
            var streams: [Stream]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let answer = try decoder.decode(Answer.self, from: json)
        let stream = answer.streams.first
        return Probed(
            packets: answer.packets.map {
                Probed.Packet(pts: $0.pts ?? -1, dts: $0.dts ?? -1, duration: $0.duration ?? -1, isKey: $0.flags.contains("K"))
            }, decodedFrames: Int(stream?.nbReadFrames ?? "") ?? 0, timeBase: stream?.timeBase ?? "",
            tag: stream?.codecTagString ?? "", errors: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }

    /// A line for each decoded picture, with the hash of its samples.
    static func pictureHashes(of file: URL) throws -> [String] {
        try run("ffmpeg", ["-v", "error", "-i", file.path, "-f", "framehash", "-hash", "md5", "-"])
            .split(separator: "\n").filter { !$0.hasPrefix("#") }
            .compactMap { $0.split(separator: ",").last.map { String($0).trimmingCharacters(in: .whitespaces) } }
    }

    static func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: bytes, as: UTF8.self)
    }
}

enum TemporaryFolder {
    static func make() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "feed-relay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
