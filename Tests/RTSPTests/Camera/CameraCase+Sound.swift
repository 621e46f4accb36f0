import NIOCore

@testable import RTSP

/// Whatever a camera does with its sound, the pictures come.
extension CameraCase {
    static let aac =
        "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
        + "a=fmtp:97 streamtype=5;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\na=control:trackID=2\r\n"

    private static func isAudioSetUp(_ request: RTSPRequest?) -> Bool {
        request?.method == .setup && request?.uri.contains("trackID=2") ?? false
    }

    /// A camera that offers sound to a gateway that wants it, and answers its SETUP with `reply`.
    private static func sound(
        _ name: String, sdp: String = QuirkyCamera.sdp + aac, expects: Expectation = .pictures, asks: Bool = true,
        _ reply: @escaping @Sendable (_ connection: Int) -> [QuirkyCamera.Reply] = { _ in agreed() },
        _ change: (inout CameraCase) -> Void = { _ in }
    ) -> CameraCase {
        CameraCase(name, expects) { each in
            each.camera.sdp = sdp
            each.configure = { $0.wantsAudio = true }
            each.check = { $0.contains { isAudioSetUp($0) } == asks }
            each.camera.script = { requests, connection in isAudioSetUp(requests.last) ? reply(connection) : nil }
            change(&each)
        }
    }

    @Sendable private static func agreed(
        _ transport: String? = "RTP/AVP/TCP;unicast;interleaved=2-3", session: String = "abc"
    ) -> [QuirkyCamera.Reply] {
        var headers: RTSPHeaders = ["Session": session]
        if let transport { headers.add("Transport", transport) }
        return [.response(RTSPResponse(status: 200, headers: headers))]
    }

    private static func refused(_ status: Int) -> CameraCase {
        sound("sound refused with \(status)") { _ in [.response(RTSPResponse(status: status))] }
    }

    /// Between the pictures comes `frame`.
    private static func between(_ name: String, _ frame: [UInt8]) -> CameraCase {
        sound(name, { _ in agreed() }) { each in
            each.camera.media = { frames in frames.flatMap { [frame, $0] } }
        }
    }

    private static func frame(_ channel: UInt8, _ packet: [UInt8]) -> [UInt8] { CameraPictures.frame(packet, channel: channel) }

    /// Plays no video where sound was set up before.
    private static func obstructs(_ name: String, _ reply: @escaping @Sendable () -> [QuirkyCamera.Reply]) -> CameraCase {
        sound(name, { _ in agreed() }) { each in
            each.camera.script = { requests, connection in
                if isAudioSetUp(requests.last) { return agreed() }
                return requests.last?.method == .play && requests.contains { isAudioSetUp($0) } ? reply() : nil
            }
            each.check = { $0.count { isAudioSetUp($0) } == 1 }
        }
    }

    static let sound: [CameraCase] = [
        refused(400), refused(401), refused(404), refused(453), refused(461), refused(500), refused(503), refused(302),
        sound("sound set up"),
        sound("sound never answered", { _ in [] }),
        sound("a connection closed at the SETUP of the sound", { _ in [.close] }),
        sound(
            "no RTSP in answer to the SETUP of the sound", expects: .found(1),
            { _ in [.bytes(Array("what? what? what? what?\r\n\r\n".utf8))] }),
        sound("sound in another session", { _ in agreed(session: "other") }),
        sound("sound on the channels of the video", { _ in agreed("RTP/AVP/TCP;unicast;interleaved=0-1") }),
        sound("sound on the RTCP channel of the video", { _ in agreed("RTP/AVP/TCP;unicast;interleaved=1-2") }),
        sound("sound by UDP", { _ in agreed("RTP/AVP;unicast;client_port=6000-6001") }),
        sound("no transport named for the sound", { _ in agreed(nil) }),
        obstructs("PLAY refused because of the sound") { [.response(RTSPResponse(status: 500))] },
        obstructs("PLAY with sound never answered") { [] },
        obstructs("PLAY with sound closes the connection") { [.close] },
        obstructs("no video beside the sound") { [.response(RTSPResponse(status: 200))] },
        sound("sound before the video in the description", sdp: QuirkyCamera.sdp.replacing("m=video", with: aac + "m=video")),
        sound("a back-channel where sound is wanted", sdp: QuirkyCamera.sdp + aac + "a=sendonly\r\n", asks: false),
        sound("a malformed AAC configuration", sdp: QuirkyCamera.sdp + aac.replacing("=1408", with: "=14"), asks: false),
        sound("sound without a URL", sdp: QuirkyCamera.sdp + aac.replacing("a=control:trackID=2\r\n", with: ""), asks: false),
        sound(
            "sound with the URL of the video", sdp: QuirkyCamera.sdp + aac.replacing("trackID=2", with: "trackID=1"), asks: false),
        sound(
            "sound alone", sdp: "v=0\r\ns=x\r\n" + aac, expects: .refused(.noVideo, .describe, "no video track"), asks: false),
        sound("sound that nobody wants", asks: false, { _ in agreed() }) { $0.configure = { _ in } },
        between("sound between the pictures", frame(2, [0x80, 97, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 16, 0, 8, 1])),
        between("sound of garbage", frame(2, [1, 2, 3])),
        between("empty packets of sound", frame(2, [])),
        between("reports of the sound", frame(3, [0x80, 200, 0, 6] + [UInt8](repeating: 0, count: 24))),
        between("sound on a channel that nobody set up", frame(6, [0x80, 97, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2])),
        between("sound on the channel of the video", frame(0, [0x80, 97, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0, 16, 0, 8, 1])),
    ]
}
