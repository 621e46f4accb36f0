import NIOCore

/// An IP address without port, cheap to compare. An IPv4 address mapped into IPv6 is that IPv4 address.
struct HostAddress: Hashable {
    private let high: UInt64
    private let low: UInt64

    private static let mapped: UInt64 = 0xFFFF << 32

    /// `nil` for a Unix socket.
    init?(_ address: SocketAddress) {
        switch address {
        case .v4(let address):
            high = 0
            low = Self.mapped | UInt64(UInt32(bigEndian: address.address.sin_addr.s_addr))
        case .v6(let address):
            (high, low) = withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                (
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
        case .unixDomainSocket: return nil
        }
    }
}
