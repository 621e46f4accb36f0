import NIOCore
import Testing

@testable import RTSP

@Suite struct DatagramGateTests {
    private let start = NIODeadline.uptimeNanoseconds(5_000_000_000)

    private func host(_ text: String) throws -> HostAddress {
        try #require(HostAddress(try SocketAddress(ipAddress: text, port: 1)))
    }

    private func expect(_ wanted: Bool, _ found: Bool, _ location: SourceLocation = #_sourceLocation) {
        #expect(found == wanted, sourceLocation: location)
    }

    @Test func `only the camera's address`() throws {
        var gate = DatagramGate(host: try host("192.0.2.7"), announced: 6_000, now: start)
        let rightHost = gate.admits(try host("192.0.2.7"), port: 6_000, now: start)
        let wrongHost = gate.admits(try host("192.0.2.8"), port: 6_000, now: start + .seconds(9))
        #expect(rightHost && !wrongHost && gate.rejected == 1)
    }

    @Test func `the announced port while it sends, another after silence`() throws {
        let camera = try host("192.0.2.7")
        var gate = DatagramGate(host: camera, announced: 6_000, now: start)
        expect(false, gate.admits(camera, port: 7_000, now: start + .milliseconds(900)))
        expect(true, gate.admits(camera, port: 6_000, now: start + .milliseconds(950)))
        expect(false, gate.admits(camera, port: 7_000, now: start + .milliseconds(1_900)))
        expect(true, gate.admits(camera, port: 7_000, now: start + .milliseconds(1_950)))
        expect(false, gate.admits(camera, port: 6_000, now: start + .milliseconds(2_000)))
        #expect(gate.port == 7_000 && gate.rejected == 3)
    }

    @Test func `the first port where none was announced`() throws {
        let camera = try host("::ffff:192.0.2.7")
        var gate = DatagramGate(host: camera, announced: nil, now: start)
        try expect(true, gate.admits(host("192.0.2.7"), port: 7_000, now: start))
        expect(false, gate.admits(camera, port: 7_002, now: start))
    }

    @Test func `a port that is to be learned`() throws {
        let relay = try host("192.0.2.7")
        var gate = DatagramGate(host: relay, announced: 6_000, learnsPort: true, now: start)
        try expect(false, gate.admits(host("192.0.2.8"), port: 6_000, now: start))
        expect(true, gate.admits(relay, port: 7_000, now: start))
        expect(false, gate.admits(relay, port: 7_002, now: start))
        expect(true, gate.admits(relay, port: 6_000, now: start))
        expect(false, gate.admits(relay, port: 7_000, now: start + .milliseconds(900)))
        expect(true, gate.admits(relay, port: 7_000, now: start + .seconds(1)))
    }

    @Test func `addresses compare by family and value`() throws {
        #expect(try host("2001:db8::1") != host("2001:db8::2") && host("::1") != host("127.0.0.1"))
        #expect(HostAddress(try SocketAddress(unixDomainSocketPath: "/x")) == nil)
    }
}
