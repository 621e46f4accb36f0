import GatewayCore

/// Setting the track up: what is asked for, what the answer means, and what comes next when it does not work.
extension RTSPClient.StateMachine {
    /// SETUP of the track over the transport whose turn it is.
    mutating func askForTrack() -> [Action] {
        guard plan.current == .udp, ports == nil else { return request(.setup, uri: trackURI, phase: .setup) }
        phase = .setup
        return [.openPorts, .deadline(configuration.responseTimeout)]
    }

    mutating func portsOpened(_ pair: PortPair) -> [Action] {
        guard !isClosed, phase == .setup, pending == nil else { return [] }
        ports = pair
        return request(.setup, uri: trackURI, phase: .setup)
    }

    mutating func portsFailed() -> [Action] {
        guard !isClosed, phase == .setup, pending == nil else { return [] }
        return changeTransport(.noPorts) ?? fail(.unsupported, "no pair of UDP ports is free on the gateway")
    }

    var transportOffer: TransportHeader {
        if let channels = audio.offer { return TransportHeader(interleaved: channels) }
        guard plan.current == .udp, let ports else { return TransportHeader(interleaved: .init(rtp: 0, rtcp: 1)) }
        return TransportHeader(
            profile: "RTP/AVP", parameters: [.init(name: "client_port", value: "\(ports.rtp)-\(ports.rtcp)")])
    }

    mutating func setUp(_ response: RTSPResponse) -> [Action] {
        guard let described else { return fail(.protocolError, "the session was not described") }
        session = response.headers["Session"].flatMap(SessionHeader.parse) ?? session
        let answer = response.headers["Transport"].flatMap { TransportHeader.parse($0).first }
        guard let transport = transport(of: answer) else {
            return changeTransport(.otherAnswered)
                ?? fail(.unsupported, "the camera does not send over the RTSP connection", .giveUp)
        }
        let packetTransport: PacketTransport =
            if case .datagrams = transport { .udp } else { plan.current == .http ? .http : .tcp }
        let presentation = RTSPClientPresentation(
            url: url, track: described.track, transport: transport, packetTransport: packetTransport,
            description: described.description)
        self.presentation = presentation
        return [.described(presentation)] + (askForAudio(beside: transport) ?? request(.play, uri: aggregateURI, phase: .play))
    }

    /// What the camera answered, where the gateway can take packets that way: on the connection whether asked for or not.
    private func transport(of answer: TransportHeader?) -> TrackTransport? {
        guard plan.current == .udp, let ports, !(answer?.isInterleaved ?? false) else {
            guard answer?.isInterleaved ?? true else { return nil }
            let rtp = answer?.interleaved?.rtp ?? 0
            let rtcp = answer?.interleaved?.rtcp ?? (rtp < .max ? rtp + 1 : nil)
            return .interleaved(rtp: rtp, rtcp: rtcp == rtp ? nil : rtcp)
        }
        guard !(answer?.isMulticast ?? false) else { return nil }
        // Which ports of ours the answer repeats does not matter: cameras are met that leave them out, or name others.
        let server = answer?.parameters.first { $0.name == "server_port" }?.value
        return .datagrams(client: ports, server: server.flatMap { PortPair($0) })
    }

    /// Goes on with the next transport; `nil` if there is none. A camera that refused one is asked again on the same
    /// connection. Where a session stands it is ended, and a new connection begins: cameras differ in what they make of a
    /// second SETUP.
    mutating func changeTransport(_ symptom: TransportPlan.Symptom) -> [Action]? {
        guard plan.giveUp(symptom) else { return nil }
        switch symptom {
        case .refused, .noPorts: return askForTrack()
        case .otherAnswered, .silence:
            let teardown = session == nil ? [] : [send(.teardown, uri: aggregateURI)]
            return teardown + dial(url)
        }
    }
}
