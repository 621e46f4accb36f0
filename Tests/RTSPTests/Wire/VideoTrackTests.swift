import Testing

@testable import RTSP

@Suite struct VideoTrackTests {
    @Test func `parameter sets come in decoding order, without start codes and trailing zeros`() throws {
        for fixture in SDPFixture.all where fixture.parameterSets > 0 {
            let track = try #require(try SessionDescription.parse(fixture.text).videoTrack)
            let kinds = track.parameterSets.map { track.codec == .h264 ? $0[0] & 0x1F : $0[0] >> 1 }
            #expect(kinds == (track.codec == .h264 ? [7, 8] : [32, 33, 34]), "\(fixture.name)")
            #expect(track.parameterSets.allSatisfy { $0.last != 0 })
        }
    }

    @Test func `what the sets say is what was encoded`() throws {
        let track = try #require(try SessionDescription.parse(SDPFixture.all[0].text).videoTrack)
        let parameters = try #require(ParameterSets.h264(sps: track.parameterSets[0]))
        #expect(parameters.width == 640 && parameters.height == 360)
    }
}
