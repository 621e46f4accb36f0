import NIOCore

/// The UDP ports of a publication: two for each track that was set up, since publishers give up a stream whose datagrams are
/// turned away. Those of the video are heard.
///
/// ## Concurrency model
/// Confined to the event loop of the publisher's connection. Ports and publication are held until ``close()``.
final class PublishedPorts: DatagramReceiver {
    private var ports: [Int: TrackPorts] = [:]
    private var publication: (any Publication)?

    /// Ports that the track had before are closed.
    func use(_ opened: TrackPorts, for track: Int) {
        ports.updateValue(opened, forKey: track)?.close()
    }

    /// From now on what comes at the ports of `track` from the publisher's address is the publication's.
    ///
    /// - Parameters:
    ///   - remote: the publisher's end of its connection.
    ///   - announced: the ports that it said it sends from; a router may have changed them.
    func receive(
        _ track: Int, for publication: any Publication, from remote: SocketAddress, _ announced: ServerTransport.ClientPorts
    ) {
        self.publication = publication
        ports[track]?.receive(
            for: self, from: remote, announced: PortPair(rtp: announced.rtp, rtcp: announced.rtcp), learnsPort: true)
    }

    /// Nothing is heard until the next ``receive(_:for:from:_:)``.
    func pause() {
        for each in ports.values { each.mute() }
        publication = nil
    }

    func close() {
        for each in ports.values { each.close() }
        ports = [:]
        publication = nil
    }

    func received(packet: RawSpan) { publication?.received(packet: packet) }
    func received(control: RawSpan) { publication?.received(control: control) }
    func readComplete(_ read: DatagramRead) { publication?.readComplete(byteCount: read.byteCount) }
}
