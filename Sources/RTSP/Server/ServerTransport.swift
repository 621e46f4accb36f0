/// By which way a client's packets leave the server, chosen from its offers (RFC 2326 section 12.39).
enum ServerTransport: Hashable {
    /// Over the RTSP connection itself, channels 0 and 1 for the video and 2 and 3 for the sound whatever was asked for.
    case interleaved
    /// One packet a datagram, to these ports of the client at the address of its RTSP connection.
    case datagrams(ClientPorts)

    enum Kind {
        case interleaved
        case datagrams
    }

    var kind: Kind { self == .interleaved ? .interleaved : .datagrams }

    struct ClientPorts: Hashable {
        let rtp: UInt16
        let rtcp: UInt16
    }

    /// The first of the client's offers that the server takes part in; `nil`: 461, and players come back with another.
    ///
    /// Multicast, SRTP and what goes to another address than the client's own are not taken: a server that sent wherever it is
    /// told to would be a weapon.
    ///
    /// - Parameters:
    ///   - allowsDatagrams: not over TLS, whose secrecy datagrams would give away.
    ///   - address: of the client, as text.
    static func choose(_ header: String, allowsDatagrams: Bool, address: String) -> ServerTransport? {
        choose(header, modes: ["PLAY"], allowsDatagrams: allowsDatagrams, address: address)?.transport
    }

    /// - Parameter modes: an offer of none is taken too.
    static func choose(
        _ header: String, modes: Set<String>, allowsDatagrams: Bool, address: String
    ) -> (transport: ServerTransport, offer: TransportHeader)? {
        for offer in TransportHeader.parse(header) where !offer.isMulticast && offer.mode.map(modes.contains) ?? true {
            switch offer.profile {
            case "RTP/AVP/TCP": return (.interleaved, offer)
            case "RTP/AVP", "RTP/AVP/UDP":
                if offer.interleaved != nil { return (.interleaved, offer) }
                guard allowsDatagrams, offer.parameter("destination") ?? address == address, let ports = offer.clientPorts else {
                    continue
                }
                return (.datagrams(ports), offer)
            default: continue
            }
        }
        return nil
    }
}

extension TransportHeader {
    func parameter(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// `client_port=5000-5001`; RTCP goes to the next port where it is not named. `nil` for ports that are none.
    var clientPorts: ServerTransport.ClientPorts? {
        guard let text = parameter("client_port") else { return nil }
        let ports = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0.trimmed()) }
        guard let first = ports.first, let rtp = first, rtp > 0 else { return nil }
        guard ports.count == 2 else { return rtp < .max ? .init(rtp: rtp, rtcp: rtp + 1) : nil }
        guard let rtcp = ports[1], rtcp > 0 else { return nil }
        return .init(rtp: rtp, rtcp: rtcp)
    }
}
