import GatewayCore
import NIOCore
import Testing

@testable import RTSP

@Suite struct RTSPClientAudioTests {
    private typealias Machine = RTSPClient.StateMachine

    /// As far as to the SETUP of the sound, with its transport as asked for.
    private func asked(video: String = "interleaved=0-1") throws -> (Machine, RTSPRequest) {
        var configuration = RTSPClientConfiguration(url: try StreamURL.parse("rtsp://192.0.2.1/live").get().url)
        configuration.wantsAudio = true
        var machine = Machine(configuration: configuration)
        _ = machine.start()
        _ = machine.connected()
        _ = answer(&machine)
        _ = answer(&machine, body: RTSPClientStateMachineTests.sdp + CameraCase.aac)
        let actions = answer(&machine, ["Session": "S", "Transport": "RTP/AVP/TCP;\(video)"])
        let request = try #require(actions.compactMap { if case .send(let request) = $0 { request } else { nil } }.first)
        #expect(actions.last == .deadline(.seconds(1)))
        return (machine, request)
    }

    private func answer(_ machine: inout Machine, _ headers: RTSPHeaders = [:], body: String = "") -> [Machine.Action] {
        var headers = headers
        headers.add("CSeq", String(machine.sequence))
        return machine.received(RTSPResponse(status: 200, headers: headers, body: ByteBuffer(string: body)))
    }

    @Test func `the sound is set up after the video, in its session`() throws {
        var (machine, request) = try asked()
        #expect(request.method == .setup && request.uri == "rtsp://192.0.2.1/live/trackID=2")
        #expect(request.headers["Session"] == "S" && request.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=2-3")
        let actions = answer(&machine, ["Session": "S", "Transport": "RTP/AVP/TCP;interleaved=6-7"])
        guard case .audio(.set(let track, rtp: 6, rtcp: 7)) = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(track.name == "AAC")
        guard case .send(let play) = actions.dropFirst().first else { return }
        #expect(play.method == .play && play.headers["Transport"] == nil)
    }

    @Test func `it asks for channels that the video does not have`() throws {
        #expect(try asked(video: "interleaved=2-3").1.headers["Transport"] == "RTP/AVP/TCP;unicast;interleaved=4-5")
    }

    @Test func `it begins anew once, without sound, and then fails for good`() throws {
        var (machine, _) = try asked()
        #expect(machine.deadlinePassed().contains(.dial(machine.url)))
        _ = machine.connected()
        _ = answer(&machine)
        _ = answer(&machine, body: RTSPClientStateMachineTests.sdp + CameraCase.aac)
        let actions = answer(&machine, ["Session": "S", "Transport": "RTP/AVP/TCP;interleaved=0-1"])
        #expect(actions.contains(.audio(.obstructive)) && machine.phase == .play)
        guard case .close = machine.deadlinePassed().last else {
            Issue.record("not closed")
            return
        }
    }
}
