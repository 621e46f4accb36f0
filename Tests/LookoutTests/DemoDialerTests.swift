import NIOCore
import NIOPosix
import Testing

@testable import lookout

@Suite struct DemoDialerTests {
    @Test(arguments: ["198.51.100.0", "198.51.100.255", "203.0.113.7"])
    func documentationAddressesAreTheSimulators(host: String) { #expect(DemoDialer.isDocumentation(host)) }

    @Test(arguments: [
        "198.51.100", "198.51.100.256", "198.51.100.1.example.com", "198.51.101.1", "203.0.114.1", "192.0.2.1", "127.0.0.1", "",
        "198.51.100.-1", "198.51.100.1.1", "2001:db8::1",
    ])
    func everythingElseIsNot(host: String) { #expect(!DemoDialer.isDocumentation(host)) }

    /// Over real sockets: a documentation address with any port comes to the simulator; another address does not.
    @Test func connectionsGoWhereTheyShould() async throws {
        let group = MultiThreadedEventLoopGroup.singleton
        func listener() async throws -> any Channel {
            try await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
        }
        let simulator = try await listener()
        let other = try await listener()
        let simulatorPort = try #require(simulator.localAddress?.port)
        let otherPort = try #require(other.localAddress?.port)
        let dialer = DemoDialer(simulatorPort: simulatorPort)
        let deadline = NIODeadline.now() + .seconds(5)
        let led = try await dialer.connect(host: "203.0.113.9", port: 554, on: group.any(), deadline: deadline).get()
        #expect(led.remoteAddress?.port == simulatorPort)
        let straight = try await dialer.connect(host: "127.0.0.1", port: otherPort, on: group.any(), deadline: deadline).get()
        #expect(straight.remoteAddress?.port == otherPort)
        for channel in [led, straight, simulator, other] { try await channel.close().get() }
    }
}
