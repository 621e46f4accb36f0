import GatewayCore
import NIOCore
import Testing

@testable import RTSP

/// A camera that sends datagrams, and what must come of it.
struct DatagramCase: CustomTestStringConvertible, Sendable {
    enum Expectation: Sendable {
        /// These packets of the pictures, in this order, over this transport.
        case packets([Int], PacketTransport)
        case refused(ProbeOutcome, String)
    }

    typealias Step = DatagramCamera.Step

    /// The packets of the pictures, without framing.
    static let packets = CameraPictures.standard.frames.map { Array($0.dropFirst(4)) }
    static let all = Array(packets.indices)

    let name: String
    var choice = TransportChoice.udp
    var expectation = Expectation.packets(all, .udp)
    var steps: @Sendable (_ packets: [[UInt8]]) -> [Step] = { $0.map { .send($0) } }
    /// The Transport header of the answer; `nil` for a status 461.
    var answer: @Sendable (_ asked: TransportHeader, _ camera: DatagramCamera) -> String? = { asked, camera in
        guard let ports = asked.parameters.first(where: { $0.name == "client_port" })?.value else {
            return "RTP/AVP/TCP;unicast;interleaved=0-1"
        }
        return "RTP/AVP;unicast;client_port=\(ports);server_port=\(camera.port(.rtp))-\(camera.port(.rtcp))"
    }
    /// Whether the pictures come on the connection where that was agreed upon.
    var playsInterleaved = true

    var testDescription: String { name }

    init(_ name: String, _ change: (inout DatagramCase) -> Void = { _ in }) {
        self.name = name
        change(&self)
    }

    static func steps(
        _ name: String, _ expected: [Int] = all, _ steps: @escaping @Sendable ([[UInt8]]) -> [Step]
    ) -> DatagramCase {
        DatagramCase(name) { each in
            each.steps = steps
            each.expectation = .packets(expected, .udp)
        }
    }

    /// With another payload: what a stranger sends must never be taken for the camera's.
    static func forged(_ packet: [UInt8]) -> [UInt8] { packet.prefix(12) + packet.dropFirst(12).map { $0 ^ 0xFF } }

    static let report = Array(CameraPictures.report(ntp: 0x1122_3344_5566_7788).dropFirst(4))

    static let cases: [DatagramCase] = [
        DatagramCase("in order"),
        steps("neighbours swapped") { packets in
            var packets = packets
            for index in stride(from: 1, to: packets.count - 1, by: 2) { packets.swapAt(index, index + 1) }
            return packets.map { .send($0) }
        },
        steps("all but the first in reverse") { [.send($0[0])] + $0.dropFirst().reversed().map { .send($0) } },
        steps("each packet twice") { $0.flatMap { [.send($0), .send($0)] } },
        steps("a loss inside the key picture", all.filter { $0 != 4 }) { packets in
            packets.enumerated().filter { $0.offset != 4 }.map { .send($0.element) }
        },
        steps("a packet that comes after it was given up", all.filter { $0 != 4 }) { packets in
            packets.enumerated().filter { $0.offset != 4 }.flatMap { offset, packet -> [Step] in
                offset == 6 ? [.send(packet), .wait(.milliseconds(600)), .send(packets[4])] : [.send(packet)]
            }
        },
        steps("another address sends as well") { packets in
            packets.flatMap { [.send(forged($0), from: .otherHost), .send($0)] }
        },
        steps("another port of the address sends as well") { packets in
            packets.flatMap { [.send(forged($0), from: .otherPort), .send($0)] }
        },
        steps("noise between the packets") { packets in
            packets.flatMap { [.send([]), .send([0x80]), .send([0x40] + [UInt8](repeating: 1, count: 40)), .send($0)] }
        },
        steps("other ports than announced") { [.wait(.milliseconds(1_300))] + $0.map { .send($0, from: .otherPort) } },
        steps("a router that changes the port") { packets in
            packets.prefix(5).map { .send($0) } + [.wait(.milliseconds(2_000))]
                + packets.dropFirst(5).map { .send($0, from: .otherPort) }
        },
        steps("reports on the port of the packets") { $0.flatMap { [.send(report), .send($0)] } },
        steps("reports on their own port") { $0.flatMap { [.send(report, from: .rtcp, isControl: true), .send($0)] } },
        DatagramCase("no server_port") { each in
            each.answer = { asked, _ in "RTP/AVP;unicast;client_port=\(asked.parameters.first?.value ?? "")" }
        },
        DatagramCase("no client_port") { each in
            each.answer = { "RTP/AVP/UDP;unicast;server_port=\($1.port(.rtp))-\($1.port(.rtcp))" }
        },
        DatagramCase("a source of nonsense, and one port") { each in
            each.answer = { "RTP/AVP;unicast;source=0.0.0.0;client_port=1;server_port=\($1.port(.rtp));ssrc=0" }
        },
        DatagramCase("UDP alone, TCP was asked for first") { each in
            each.choice = .automatic
            each.answer = { asked, camera in
                asked.isInterleaved ? nil : "RTP/AVP;unicast;server_port=\(camera.port(.rtp))-\(camera.port(.rtcp))"
            }
        },
        DatagramCase("UDP is answered to a request for TCP") { each in
            each.choice = .automatic
            each.answer = { "RTP/AVP;unicast;client_port=0-1;server_port=\($1.port(.rtp))-\($1.port(.rtcp))" }
        },
        DatagramCase("silence on the connection, pictures over UDP") { each in
            each.choice = .automatic
            each.playsInterleaved = false
        },
        DatagramCase("TCP alone, UDP was asked for first") { each in
            each.answer = { asked, _ in asked.isInterleaved ? "RTP/AVP/TCP;interleaved=0-1" : nil }
            each.expectation = .packets(all, .tcp)
        },
        DatagramCase("TCP is answered to a request for UDP") { each in
            each.answer = { _, _ in "RTP/AVP/TCP;unicast;interleaved=0-1" }
            each.expectation = .packets(all, .tcp)
        },
        DatagramCase("multicast is answered") { each in
            each.answer = { asked, _ in
                asked.isInterleaved ? "RTP/AVP/TCP;interleaved=0-1" : "RTP/AVP;multicast;destination=239.9.9.9;port=5000-5001;ttl=1"
            }
            each.expectation = .packets(all, .tcp)
        },
        DatagramCase("a firewall: no datagram comes") { each in
            each.steps = { _ in [] }
            each.expectation = .packets(all, .tcp)
        },
        DatagramCase("reports alone, then the connection") { each in
            each.steps = { _ in [.send(report, from: .rtcp, isControl: true)] }
            each.expectation = .packets(all, .tcp)
        },
        DatagramCase("neither TCP nor UDP") { each in
            each.choice = .automatic
            each.answer = { _, _ in nil }
            each.expectation = .refused(.unsupported, "status 461 (over TCP before: status 461)")
        },
        DatagramCase("a firewall, and TCP refused") { each in
            each.steps = { _ in [] }
            each.answer = { asked, camera in
                asked.isInterleaved ? nil : "RTP/AVP;unicast;server_port=\(camera.port(.rtp))-\(camera.port(.rtcp))"
            }
            each.expectation = .refused(.unsupported, "no datagram came, a firewall may drop them")
        },
        DatagramCase("silence over both") { each in
            each.steps = { _ in [] }
            each.playsInterleaved = false
            each.expectation = .refused(.timeout, "sent no video (over UDP before: no datagram came")
        },
    ]
}
