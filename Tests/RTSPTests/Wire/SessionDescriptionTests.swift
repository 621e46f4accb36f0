import Testing

@testable import RTSP

@Suite struct SessionDescriptionTests {
    @Test(arguments: SDPFixture.all) func `each camera's description is read`(fixture: SDPFixture) throws {
        let description = try SessionDescription.parse(fixture.text)
        #expect(description.media.count == fixture.media)
        let track = description.videoTrack
        #expect(track?.codec == fixture.codec)
        #expect(track?.payloadType == fixture.payloadType)
        #expect(track?.control == fixture.control)
        #expect(track?.parameterSets.count ?? 0 == fixture.parameterSets)
    }

    @Test(arguments: SDPFixture.all) func `what is written means what was read`(fixture: SDPFixture) throws {
        let description = try SessionDescription.parse(fixture.text)
        #expect(try SessionDescription.parse(description.serialize()).media == description.media)
        #expect(try SessionDescription.parse(description.serialize()).attributes == description.attributes)
    }

    @Test(arguments: SDPFixture.all) func `a description cut anywhere is read or refused`(fixture: SDPFixture) {
        for count in 0..<fixture.text.unicodeScalars.count {
            let text = String(String.UnicodeScalarView(fixture.text.unicodeScalars.prefix(count)))
            _ = try? SessionDescription.parse(text).videoTrack
        }
    }

    @Test(arguments: ["", "\r\n\r\n", "<html></html>", "no", "\0\0\0"]) func `what is none is refused`(text: String) {
        #expect(throws: RTSPWireError.notSDP) { try SessionDescription.parse(text) }
    }

    @Test func `media and attributes are bounded`() {
        let media = String(repeating: "m=video 0 RTP/AVP 96\n", count: 300)
        #expect(throws: RTSPWireError.tooManyMedia(limit: 256)) { try SessionDescription.parse(media) }
        let attributes = String(repeating: "a=x\n", count: 3_000)
        #expect(throws: RTSPWireError.tooManyMedia(limit: 256)) { try SessionDescription.parse(attributes) }
    }

    @Test func `a written description has the lines players need`() {
        let description = SessionDescription(
            name: "lookout\r\nevil", attributes: [.init("control", "*"), .init("tool")],
            media: [MediaDescription(kind: .video, payloadTypes: [96], attributes: [.init("rtpmap", "96 H264/90000")])])
        #expect(
            description.serialize()
                == "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=lookoutevil\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*\r\na=tool\r\n"
                + "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n")
    }
}
