import NIOCore
import Testing

@testable import DecoderProcess

@Suite struct AddressRuleTests {
    private let rule = AddressRule(host: "Relay.example", port: 8_080, own: ["192.0.2.7", "2001:db8::7"])

    private func allows(_ address: String, host: String? = nil, port: Int = 80) throws -> Bool {
        rule.allows(try SocketAddress(ipAddress: address, port: port), host: host ?? address, port: port)
    }

    @Test("the registered place is wherever its owner says", arguments: ["127.0.0.1", "169.254.1.1", "192.0.2.7", "::1"])
    func registered(_ address: String) throws {
        #expect(try allows(address, host: "relay.example", port: 8_080))
        #expect(try !allows(address, host: "relay.example", port: 22))
        #expect(try !allows(address))
    }

    @Test(
        "private networks are where cameras live",
        arguments: ["10.1.2.3", "192.168.1.64", "172.16.0.9", "198.51.100.7", "100.64.1.1", "fd12::1", "2001:db8::8"])
    func others(_ address: String) throws {
        #expect(try allows(address))
    }

    @Test(
        "the gateway and the network itself are not",
        arguments: [
            "0.0.0.0", "0.1.2.3", "127.8.8.8", "169.254.169.254", "100.100.100.200", "224.0.0.1", "255.255.255.255", "192.0.2.7",
            "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:192.0.2.7", "::7f00:1", "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::", "fe80::1", "ff02::1", "fd00:ec2::254", "2001:db8::7",
        ])
    func refused(_ address: String) throws {
        #expect(try !allows(address))
    }
}
