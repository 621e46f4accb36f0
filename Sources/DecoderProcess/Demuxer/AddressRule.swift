import NIOCore
import NIOPosix

/// Where a stream may lead: an HLS playlist and a redirect are written by whoever answers at the registered address, and must
/// not make the gateway a door to what stands behind it.
///
/// The registered host and port are wherever their owner says. Every other place, a registered host's other port among them,
/// must be a unicast address of somebody else: private networks are where cameras live and are allowed; the gateway itself
/// (loopback, its own addresses), link-local addresses and the addresses of cloud metadata are not.
package struct AddressRule: Sendable {
    let host: String
    let port: Int
    /// The machine's own addresses.
    let own: Set<String>

    package init(host: String, port: Int, own: Set<String>) {
        self.host = host.lowercased()
        self.port = port
        self.own = own
    }

    /// - Parameter own: addresses of this machine's interfaces, as text.
    package static var ownAddresses: Set<String> {
        Set(((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress })
    }

    package func isRegistered(host: String, port: Int) -> Bool { host.lowercased() == self.host && port == self.port }

    /// - Parameter address: what `host` was resolved to.
    package func allows(_ address: SocketAddress, host: String, port: Int) -> Bool {
        if isRegistered(host: host, port: port) { return true }
        guard let text = address.ipAddress, !own.contains(text) else { return false }
        switch address {
        case .v4(let address):
            return withUnsafeBytes(of: address.address.sin_addr.s_addr) { Self.isOther(Array($0)) }
        case .v6(let address):
            return withUnsafeBytes(of: address.address.sin6_addr) { isOther(v6: Array($0)) }
        case .unixDomainSocket:
            return false
        }
    }

    /// Four bytes in the order of the text.
    private static func isOther(_ v4: [UInt8]) -> Bool {
        guard v4.count == 4 else { return false }
        switch (v4[0], v4[1]) {
        // This host, loopback, link-local with the metadata address, multicast and reserved (RFC 6890).
        case (0, _), (127, _), (169, 254), (224..., _): return false
        // Metadata of a cloud in the carriers' shared range.
        case (100, 100) where v4[2] == 100 && v4[3] == 200: return false
        default: return true
        }
    }

    private func isOther(v6 bytes: [UInt8]) -> Bool {
        guard bytes.count == 16 else { return false }
        let isZero = { (range: Range<Int>) in bytes[range].allSatisfy { $0 == 0 } }
        // An IPv4 address in IPv6 clothes: mapped (::ffff:0:0/96), compatible (::/96, loopback and unspecified among them),
        // translated (64:ff9b::/96), 6to4 (2002::/16).
        if isZero(0..<10), bytes[10] == 0xFF, bytes[11] == 0xFF { return isOther(embedded: bytes[12...]) }
        if isZero(0..<12) { return false }
        if bytes[0] == 0, bytes[1] == 0x64, bytes[2] == 0xFF, bytes[3] == 0x9B { return isOther(embedded: bytes[12...]) }
        if bytes[0] == 0x20, bytes[1] == 0x02 { return isOther(embedded: bytes[2..<6]) }
        // Link-local (fe80::/10), site-local (fec0::/10), multicast (ff00::/8).
        if bytes[0] == 0xFE, bytes[1] & 0x80 != 0 { return false }
        if bytes[0] == 0xFF { return false }
        // Metadata of a cloud: fd00:ec2::254.
        return !(bytes[0] == 0xFD && bytes[1] == 0 && bytes[2] == 0x0E && bytes[3] == 0xC2)
    }

    private func isOther(embedded v4: ArraySlice<UInt8>) -> Bool {
        let text = v4.map(String.init).joined(separator: ".")
        return Self.isOther(Array(v4)) && !own.contains(text)
    }
}
