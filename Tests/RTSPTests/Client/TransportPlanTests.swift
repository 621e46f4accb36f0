import GatewayCore
import Testing

@testable import RTSP

@Suite struct TransportPlanTests {
    static let orders: [(TransportChoice, PacketTransport?, Bool, [PacketTransport])] = [
        (.automatic, nil, false, [.tcp, .udp]), (.automatic, .udp, false, [.udp, .tcp]), (.automatic, .tcp, false, [.tcp, .udp]),
        (.tcp, .udp, false, [.tcp]), (.udp, .tcp, false, [.udp, .tcp]), (.http, nil, false, [.http]),
        (.automatic, nil, true, [.tcp]), (.udp, .udp, true, [.tcp]), (.http, nil, true, [.http]),
    ]

    @Test(arguments: orders)
    func order(choice: TransportChoice, last: PacketTransport?, isSecure: Bool, order: [PacketTransport]) {
        var plan = TransportPlan(choice, last: last, isSecure: isSecure)
        var tried = [plan.current]
        while plan.giveUp(.silence) { tried.append(plan.current) }
        #expect(tried == order && plan.failures.count == order.count - 1)
    }

    @Test func `the last transport has all the time there is`() {
        var plan = TransportPlan(.udp)
        #expect(plan.patience(.seconds(8)) == .seconds(3))
        let goesOn = plan.giveUp(.silence)
        #expect(goesOn && plan.patience(.seconds(8)) == .seconds(8))
        #expect(TransportPlan(.automatic).patience(.seconds(8)) == .seconds(4))
        #expect(TransportPlan(.automatic).patience(.seconds(1)) == .seconds(1))
        #expect(TransportPlan(.tcp).patience(.seconds(8)) == .seconds(8))
    }

    @Test func `what was tried is told`() {
        var plan = TransportPlan(.udp)
        #expect(plan.history.isEmpty)
        _ = plan.giveUp(.silence)
        #expect(plan.history.contains("firewall"))
    }

    @Test(
        arguments: [
            ("6970-6971", 6_970, 6_971), ("6970", 6_970, 6_971), ("5000-7001", 5_000, 7_001), ("6970-0", 6_970, 6_971),
        ] as [(String, UInt16, UInt16)])
    func ports(text: String, rtp: UInt16, rtcp: UInt16) {
        #expect(PortPair(text) == PortPair(rtp: rtp, rtcp: rtcp))
    }

    @Test(arguments: ["", "0-1", "65535", "65536-1", "x-y", "-"]) func `ports of nonsense`(text: String) {
        #expect(PortPair(text) == nil)
    }
}
