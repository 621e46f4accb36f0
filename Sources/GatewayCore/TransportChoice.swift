/// How a camera is asked to send its packets. Set per stream; cameras differ.
package enum TransportChoice: String, Sendable, Hashable, Codable, CaseIterable {
    /// What worked last, else on the RTSP connection itself; over UDP where that is refused or stays silent.
    case automatic
    /// Interleaved on the RTSP connection, and nothing else.
    case tcp
    /// UDP; on the RTSP connection where UDP is refused or no datagram comes through.
    case udp
    /// RTSP in a pair of HTTP connections (x-sessioncookie), for cameras behind proxies that pass nothing else.
    case http
}
