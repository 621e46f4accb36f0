import Foundation
import GatewayCore
import Testing

@Suite struct PacketInletTests {
    private func packet(_ count: Int) -> PacketInlet.Packet {
        .init(bytes: [UInt8](repeating: 1, count: count), arrivalNanoseconds: 0)
    }

    @Test func isBoundedInBytes() {
        let inlet = PacketInlet(capacityBytes: 100)
        #expect(inlet.push(packet(60)))
        #expect(!inlet.push(packet(60)))
        #expect(inlet.refusedPackets == 1)
        guard case .packet = inlet.next(deadline: .now) else {
            Issue.record("no packet")
            return
        }
        #expect(inlet.push(packet(60)))
    }

    @Test func givesWhatItHoldsAfterItsEnd() {
        let inlet = PacketInlet()
        inlet.push(packet(1))
        inlet.close()
        #expect(!inlet.push(packet(1)))
        guard case .packet = inlet.next(deadline: .now), case .ended = inlet.next(deadline: .now) else {
            Issue.record("a packet, then the end")
            return
        }
    }

    @Test func aReaderWakesAtItsDeadline() {
        let began = ContinuousClock.now
        guard case .deadline = PacketInlet().next(deadline: Date(timeIntervalSinceNow: 0.05)) else {
            Issue.record("no deadline")
            return
        }
        #expect(ContinuousClock.now - began < .seconds(2))
    }

    @Test func thousandsOfPacketsCrossInOrder() async {
        let inlet = PacketInlet(capacityBytes: 1 << 20)
        let reader = Task.detached {
            var seen: [UInt64] = []
            while case .packet(let packet) = inlet.next(deadline: Date(timeIntervalSinceNow: 10)) {
                seen.append(packet.arrivalNanoseconds)
            }
            return seen
        }
        for number in 0..<5_000 { inlet.push(.init(bytes: [1], arrivalNanoseconds: UInt64(number))) }
        inlet.close()
        #expect(await reader.value == Array(0..<5_000))
    }
}
