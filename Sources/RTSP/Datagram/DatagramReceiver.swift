/// Whoever takes what comes at the ports of a track. Called on the event loop of the ports.
protocol DatagramReceiver: AnyObject {
    /// One RTP packet of at least 12 bytes, in the order of the sequence numbers; valid only during the call. This is the
    /// packet path: no allocation, no hop.
    func received(packet: RawSpan)
    /// RTCP packets, unchecked; valid only during the call.
    func received(control: RawSpan)
    /// What one read brought, or what waited for packets that were given up, has all been handed over.
    func readComplete(_ read: DatagramRead)
}

/// What the datagrams of one read came to.
struct DatagramRead: Hashable {
    /// Of every datagram that the sender was believed to have sent, also of those that were dropped.
    var byteCount = 0
    /// Whether a packet with a payload was handed over.
    var hasPackets = false
    var hasDelivered = false
}
