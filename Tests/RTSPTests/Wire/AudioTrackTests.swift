import Testing

@testable import RTSP

@Suite struct AudioTrackTests {
    private static let aac =
        "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000/1\r\n"
        + "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\n"

    private func track(_ sections: String) throws -> AudioTrack? {
        try SessionDescription.parse("v=0\r\ns=x\r\n" + sections).audioTrack
    }

    @Test func `AAC is what its configuration says`() throws {
        let track = try #require(try track(Self.aac + "a=control:trackID=2\r\n"))
        guard case .aac(let config, let packing) = track.codec else { throw Unexpected() }
        #expect(config.sampleRate == 16_000 && config.channels == 1 && config.objectType == 2 && config.frameLength == 1_024)
        #expect(packing == .elementary(.init(size: 13, index: 3, indexDelta: 3)))
        #expect(track.clockRate == 16_000 && track.payloadType == 97 && track.control == "trackID=2")
    }

    @Test func `G.711 needs no rtpmap`() throws {
        #expect(try track("m=audio 0 RTP/AVP 0\r\n")?.codec == .pcmu)
        #expect(try track("m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n")?.codec == .pcma)
        let wide = try #require(try track("m=audio 0 RTP/AVP 98\r\na=rtpmap:98 pcma/16000/2\r\n"))
        #expect(wide.clockRate == 16_000 && wide.channels == 2 && wide.outgoingPayloadType == 97)
        #expect(try track("m=audio 0 RTP/AVP 98\r\na=rtpmap:98 PCMA/0\r\n") == nil)
    }

    @Test func `LATM holds its configuration at bit 15`() throws {
        let text = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MP4A-LATM/48000/2\r\na=fmtp:97 cpresent=0;config=400023203FC0\r\n"
        let track = try #require(try track(text))
        guard case .aac(let config, .latm) = track.codec else { throw Unexpected() }
        #expect(config.sampleRate == 48_000 && config.channels == 2 && config.bytes == [0x11, 0x90])
    }

    @Test(
        "a malformed configuration is no track",
        arguments: [
            "", "1", "14", "zz08", "FFFF", "1408140", "0000", "1400", "1788",
            String(repeating: "14", count: 65),
        ])
    func malformed(config: String) throws {
        #expect(try track(Self.aac.replacing("config=1408", with: "config=\(config)")) == nil)
    }

    @Test(
        "lengths that no packet can have are no track",
        arguments: ["sizelength=0", "sizelength=17", "sizelength=x", "sizelength=13;ctsdeltalength=8"])
    func lengths(parameter: String) throws {
        #expect(try track(Self.aac.replacing("sizelength=13", with: parameter)) == nil)
    }

    @Test func `a back-channel is never the track`() throws {
        #expect(try track("m=audio 0 RTP/AVP 0\r\na=sendonly\r\n") == nil)
        #expect(try track("a=sendonly\r\nm=audio 0 RTP/AVP 0\r\n") == nil)
        #expect(try track("m=audio 0 RTP/AVP 0\r\na=inactive\r\n") == nil)
        #expect(try track("m=audio 0 RTP/AVP 0\r\na=sendonly\r\nm=audio 0 RTP/AVP 8\r\na=recvonly\r\n")?.codec == .pcma)
    }

    @Test func `what is not carried is none`() throws {
        #expect(try track("m=audio 0 RTP/AVP 97\r\na=rtpmap:97 G726-32/8000\r\n") == nil)
        #expect(try track("m=audio 0 RTP/SAVP 0\r\n") == nil)
        #expect(try track("m=video 0 RTP/AVP 0\r\n") == nil)
    }

    @Test(
        "our description of a track is read as the same track",
        arguments: [aac, "m=audio 0 RTP/AVP 8\r\n", "m=audio 0 RTP/AVP 0\r\n"])
    func roundTrip(text: String) throws {
        let track = try #require(try track(text))
        let ours = SessionDescription(media: [track.mediaDescription(control: "track2")]).serialize()
        let read = try #require(try SessionDescription.parse(ours).audioTrack)
        #expect(read.isSameSound(as: track) && read.control == "track2")
    }

    @Test func `random descriptions never trap`() throws {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<20_000 {
            let bytes = generator.mutated(Array(Self.aac.utf8))
            _ = try? SessionDescription.parse(String(decoding: bytes, as: UTF8.self)).audioTrack
            _ = AudioSpecificConfig(generator.bytes(Int.random(in: 0...12, using: &generator)))
        }
    }

    private struct Unexpected: Error {}
}
