import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import RTSP

/// Cameras that send datagrams, over sockets of loopback: the client hands on what is theirs, in order, or says why not.
@Suite(.serialized, .timeLimit(.minutes(2))) struct DatagramCameraTests {
    private func script(_ each: DatagramCase, _ camera: DatagramCamera) -> ScriptedCamera.Script {
        let isUDP = NIOLockedValueBox(false)
        return { requests, _ in
            let request = requests[requests.count - 1]
            switch request.method {
            case .describe:
                return [ScriptedCamera.response(200, ["Content-Base": request.uri + "/"], body: QuirkyCamera.sdp)]
            case .setup:
                guard let asked = request.headers["Transport"].flatMap({ TransportHeader.parse($0).first }),
                    let answer = each.answer(asked, camera)
                else { return [ScriptedCamera.response(461)] }
                isUDP.withLockedValue { $0 = !(TransportHeader.parse(answer).first?.isInterleaved ?? false) }
                return [ScriptedCamera.response(200, ["Session": "abc", "Transport": answer])]
            case .play:
                if !isUDP.withLockedValue({ $0 }) {
                    let frames = each.playsInterleaved ? CameraPictures.standard.frames : []
                    return [ScriptedCamera.response(200)] + frames.map { .bytes($0) }
                }
                let port = requests.compactMap { DatagramCamera.clientPort($0) }.last
                if let port { camera.play(each.steps(DatagramCase.packets), to: port) }
                return [ScriptedCamera.response(200)]
            default: return ScriptedCamera.ordinary(request)
            }
        }
    }

    @Test(arguments: DatagramCase.cases) func cases(each: DatagramCase) async throws {
        let recording = try await DatagramCamera.with { camera in
            try await ScriptedCamera.with(script(each, camera)) { listening in
                try await Recording.play(
                    "rtsp://127.0.0.1:\(listening.port)/live",
                    packets: { if case .packets(let expected, _) = each.expectation { expected.count } else { 1 } }()
                ) {
                    $0.transport = each.choice
                    $0.firstPacketTimeout = .seconds(2)
                }
            }
        }
        switch each.expectation {
        case .packets(let expected, let transport):
            #expect(recording.error?.isCancelled == true, "\(String(describing: recording.error))")
            #expect(recording.packets == expected.map { DatagramCase.packets[$0] }, "\(recording.packets.map { $0[3] })")
            #expect(recording.presentation?.packetTransport == transport)
            if each.name.hasPrefix("reports") && transport == .udp { #expect(recording.controls >= expected.count - 1) }
        case .refused(let outcome, let message):
            #expect(recording.error?.outcome == outcome && recording.packets.isEmpty)
            #expect(recording.error?.message.contains(message) == true, "\(String(describing: recording.error))")
        }
    }

    @Test func `datagrams larger than a frame of Ethernet`() async throws {
        let large = (0..<12).map { number in
            CameraPictures.packet(
                [0x41] + [UInt8](repeating: UInt8(number), count: 9_000), sequence: UInt16(number), timestamp: 0, marker: true)
        }
        var each = DatagramCase("large")
        each.steps = { _ in large.flatMap { [.send($0), .wait(.milliseconds(5))] } }
        let recording = try await DatagramCamera.with { camera in
            try await ScriptedCamera.with(script(each, camera)) { listening in
                try await Recording.play("rtsp://127.0.0.1:\(listening.port)/live", packets: 11) { $0.transport = .udp }
            }
        }
        #expect(recording.packets == Array(large.dropFirst()))
    }

    @Test func `the way is opened, and the camera hears how its packets come`() async throws {
        let received = try await DatagramCamera.with { camera in
            var each = DatagramCase("reported")
            each.steps = { packets in
                [.send(DatagramCase.report, from: .rtcp, isControl: true)]
                    + packets.enumerated().filter { $0.offset != 3 }.map { .send($0.element) } + [.wait(.milliseconds(5_400))]
                    + [.send(CameraPictures.packet([0x41, 1], sequence: 6, timestamp: 9, marker: true))]
            }
            let count = DatagramCase.packets.count
            let recording = try await ScriptedCamera.with(script(each, camera)) { listening in
                try await Recording.play("rtsp://127.0.0.1:\(listening.port)/live", packets: count) { $0.transport = .udp }
            }
            #expect(recording.packets.count == count && recording.controls == 1)
            return camera.received
        }
        let opening = try #require(received.first { $0.source == .rtp })
        #expect(opening.bytes.count == 12 && opening.bytes[0] == 0x80 && opening.port % 2 == 0)
        let reports = received.filter { $0.source == .rtcp }
        #expect(reports.first?.bytes.prefix(4) == [0x80, 201, 0, 1] && reports.allSatisfy { $0.port == opening.port + 1 })
        let report = try #require(reports.first { $0.bytes[0] == 0x81 }).bytes
        #expect(report[1] == 201 && Array(report[8..<12]) == [0xCA, 0xFE, 0, 1])
        let expected = DatagramCase.packets.count
        #expect(report[12] == UInt8(256 / expected) && report[15] == 1)
        #expect(Array(report[24..<28]) == [0x33, 0x44, 0x55, 0x66])
        let delay = report[28..<32].reduce(0) { $0 << 8 | Int($1) }
        #expect((4 * 65_536..<6 * 65_536).contains(delay))
    }
}
