@testable import RTSP

extension CameraCase {
    private static func among(_ name: String, _ bytes: [UInt8], _ expectation: Expectation = .pictures) -> CameraCase {
        media(name, expectation) { frames in frames.flatMap { [$0, bytes] } }
    }

    private static func once(_ name: String, _ bytes: [UInt8], _ expectation: Expectation = .pictures) -> CameraCase {
        media(name, expectation) { frames in
            Array(frames.prefix(3)) + [bytes] + Array(frames.dropFirst(3)) + [CameraPictures.report()]
        }
    }

    /// Interleaved data: foreign channels, lost framing, packets that carry nothing.
    static let framing: [CameraCase] = [
        among(
            "audio on a channel that nobody set up",
            CameraPictures.frame([0x80, 8, 0, 1] + [UInt8](repeating: 0x24, count: 168), channel: 2)),
        among(
            "metadata that is no RTP on a channel that nobody set up",
            CameraPictures.frame(Array("<tt:Metadata $".utf8), channel: 6)),
        among("private data on a channel at the top", CameraPictures.frame([1, 2, 3, 0x24, 0, 0], channel: 200)),
        among("empty frames on a channel that nobody set up", CameraPictures.frame([], channel: 3)),
        among("empty frames on the track's channel", CameraPictures.frame([], channel: 0)),
        among("one-byte frames on the track's channel", CameraPictures.frame([0x80], channel: 0)),
        among("RTP headers cut short", CameraPictures.frame([0x80, 96, 0, 1, 0, 0, 0], channel: 0)),
        among("packets of another RTP version", CameraPictures.frame([0x40] + [UInt8](repeating: 9, count: 30), channel: 0)),
        among("sender reports between all packets", CameraPictures.report(ntp: 0xE000_0000_0000_0000)),
        among("sender reports of 1970", CameraPictures.report(ntp: 2_208_988_800 << 32)),
        media("sender reports that jump in time") { frames in
            frames.enumerated().flatMap { [$1, CameraPictures.report(ntp: $0 % 2 == 0 ? .max : 1)] }
        },
        among("RTCP of nonsense", CameraPictures.frame([0xFF, 0xFF, 0xFF, 0xFF, 0], channel: 1)),
        among("empty RTCP", CameraPictures.frame([], channel: 1)),
        among("line breaks between frames", Array("\r\n".utf8)),
        among("NULs between frames", [0, 0, 0]),
        once("noise between two frames", [0xEE, 0xEE, 0xEE, 0xEE], .found(1)),
        once("text between two frames", Array("Error: buffer full\n".utf8), .found(1)),
        once("a sign of framing in noise", [0xEE, 0x24, 0, 0xFF, 0xFF, 0x80, 1, 1], .found(1)),
        once("a sign of a message in noise", Array("\u{1}RTSP/1.0 nonsense".utf8), .found(2)),
        media("a frame whose end is missing", .lastPicture) { frames in
            var frames = frames + [CameraPictures.report(), CameraPictures.report()]
            frames[4] = Array(frames[4].prefix(400))
            return frames
        },
        media("a frame whose beginning is missing", .lastPicture) { frames in
            var frames = frames + [CameraPictures.report()]
            frames[4] = Array(frames[4].dropFirst(300))
            return frames
        },
        media("all in one segment") { [$0.flatMap { $0 }] },
        media("byte by byte") { $0.flatMap { $0 }.map { [$0] } },
        CameraCase("noise without end in the stream", .refused(.protocolError, nil, "lost its framing")) { each in
            each.camera.media = { Array($0.prefix(3)) + [[UInt8](repeating: 0xEE, count: 40_000)] }
            each.configure = { $0.limits.skippedBytes = 30_000 }
        },
    ]
}
