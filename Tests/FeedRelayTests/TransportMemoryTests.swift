import GatewayCore
import RTSP
import Testing

@testable import FeedRelay

@Suite struct TransportMemoryTests {
    private func source(_ choice: TransportChoice = .automatic, target: String = "/1") -> CameraSource {
        CameraSource(url: StreamURL(host: "192.0.2.1", target: target), credentials: nil, transport: choice)
    }

    private let silence = RTSPClientError(phase: .firstPacket, outcome: .timeout, message: "")

    @Test func `what worked is tried first, at this address`() {
        var memory = TransportMemory()
        var next = memory.next(source())
        #expect(next.choice == .automatic && next.last == nil)
        memory.trying = .udp
        memory.pictureCame()
        memory.ended(RTSPClientError(phase: .streaming, outcome: .timeout, message: ""))
        next = memory.next(source())
        #expect(next.choice == .automatic && next.last == .udp)
        next = memory.next(source(target: "/2"))
        #expect(next.last == nil)
    }

    @Test func `a camera that never sent is given the whole time each second try`() {
        var memory = TransportMemory()
        var choices: [TransportChoice] = []
        for _ in 0..<4 {
            choices.append(memory.next(source()).choice)
            memory.ended(silence)
        }
        #expect(choices == [.automatic, .tcp, .automatic, .tcp])
    }

    @Test(arguments: [TransportChoice.tcp, .udp, .http]) func `a choice is a choice`(choice: TransportChoice) {
        var memory = TransportMemory()
        _ = memory.next(source(choice))
        memory.trying = .udp
        memory.pictureCame()
        memory.ended(silence)
        let next = memory.next(source(choice))
        #expect(next.choice == choice && next.last == nil)
    }
}
