import Testing

@testable import RTSP

@Suite struct PublishedTracksTests {
    private func tracks(_ sdp: String = PublisherScript.sdp) throws -> PublishedTracks {
        try PublishedTracks(SessionDescription.parse(sdp))
    }

    @Test(
        "publishers put the control behind the query or before it",
        arguments: [
            ("rtsp://h/publish/p/main?ticket=a/streamid=1", 1), ("rtsp://h/publish/p/main/streamid=0?ticket=a", 0),
            ("rtsp://h/publish/p/main/streamid=1", 1), ("rtsp://h/publish/p/main/streamid=2", nil),
            ("rtsp://h/publish/p/main", nil), ("*", nil),
        ] as [(String, Int?)])
    func findsTheTrack(uri: String, track: Int?) throws {
        #expect(try tracks().track(of: uri) == track)
    }

    @Test func theLongerNameWinsAndASingleTrackHasAnyName() throws {
        let nested = PublisherScript.sdp.replacingOccurrences(of: "control:streamid=1", with: "control:x/streamid=0")
        #expect(try tracks(nested).track(of: "rtsp://h/p/x/streamid=0") == 1)
        let whole = PublisherScript.sdp.replacingOccurrences(of: "control:streamid=1", with: "control:rtsp://h/p/sound")
        #expect(try tracks(whole).track(of: "rtsp://h/p/sound") == 1)
        let single = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        #expect(try tracks(single).track(of: "rtsp://h/p") == 0)
    }

    @Test func channelsAreThePublishersUnlessTheyAreTaken() throws {
        var tracks = try tracks()
        #expect(tracks.videoWay == nil)
        #expect(tracks.setUp(1, wanted: .init(rtp: 4, rtcp: 5)) == .init(rtp: 4, rtcp: 5))
        #expect(tracks.setUp(0, wanted: .init(rtp: 5, rtcp: 6)) == .init(rtp: 0, rtcp: 1))
        #expect(tracks.setUp(0, wanted: .init(rtp: 8, rtcp: nil)) == .init(rtp: 8, rtcp: 9))
        #expect(tracks.setUp(0, wanted: .init(rtp: 255, rtcp: nil)) == .init(rtp: 0, rtcp: 1))
        #expect(tracks.setUp(0, wanted: .init(rtp: 3, rtcp: 3)) == .init(rtp: 0, rtcp: 1))
        #expect(tracks.setUp(0, wanted: nil) == .init(rtp: 0, rtcp: 1))
        #expect(tracks.allChannels == [0, 1, 4, 5])
        #expect(tracks.videoWay == .channels(.init(rtp: 0, rtcp: 1)))
    }

    @Test func tracksComeByOneKindOfWay() throws {
        var tracks = try tracks()
        #expect(tracks.mayCome(0, by: .datagrams) && tracks.mayCome(0, by: .interleaved))
        tracks.setUp(0, from: .init(rtp: 5_000, rtcp: 5_001))
        #expect(tracks.videoWay == .datagrams(track: 0, from: .init(rtp: 5_000, rtcp: 5_001)))
        #expect(tracks.allChannels.isEmpty)
        #expect(tracks.mayCome(1, by: .datagrams) && !tracks.mayCome(1, by: .interleaved))
        #expect(tracks.mayCome(0, by: .interleaved), "the only track may change its way")
    }

    @Test func descriptionsWithoutVideoOrWithTooMuchAreRefused() {
        #expect(throws: PublishedTracks.Fault.noVideo) {
            try tracks("v=0\r\nm=audio 0 RTP/AVP 0\r\nm=video 0 RTP/AVP 26\r\n")
        }
        let nine = String(repeating: "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", count: 9)
        #expect(throws: PublishedTracks.Fault.tooManyTracks) { try tracks("v=0\r\n" + nine) }
    }
}
