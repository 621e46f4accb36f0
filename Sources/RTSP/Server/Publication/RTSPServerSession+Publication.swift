import NIOCore

/// ANNOUNCE, SETUP, RECORD: the way by which a client publishes (RFC 2326 sections 10.3 and 10.11).
extension RTSPServerSession {
    /// A stream that was announced on this connection.
    struct Announced {
        let publication: any Publication
        var tracks: PublishedTracks
    }

    /// A SETUP of a publisher for which ports are opened.
    struct Opening {
        let request: RTSPRequest
        let announced: Announced
        let track: Int
        let ports: ServerTransport.ClientPorts
    }

    /// A description of more bytes is refused: those of cameras have some hundred.
    static let descriptionLimit = 16 << 10

    mutating func announce(_ request: RTSPRequest) -> Action {
        guard takesPublications else { return .respond(answer(request, 405, ["Allow": publicMethods])) }
        guard case .idle = state else { return .respond(answer(request, 455)) }
        guard request.body.readableBytes <= Self.descriptionLimit else { return .respond(answer(request, 413)) }
        if let type = request.headers["Content-Type"], !type.lowercased().hasPrefix("application/sdp") {
            return .respond(answer(request, 415))
        }
        guard let (path, query) = Self.target(of: request.uri) else { return .respond(answer(request, 400)) }
        let tracks: PublishedTracks
        do {
            tracks = try PublishedTracks(SessionDescription.parse(request.body))
        } catch PublishedTracks.Fault.noVideo {
            return .respond(answer(request, 415))
        } catch PublishedTracks.Fault.tooManyTracks {
            return .respond(answer(request, 413))
        } catch {
            return .respond(answer(request, 400))
        }
        state = .announcing(request, tracks)
        let address = PresentationRequest(uri: request.uri, path: path, query: query, headers: request.headers, peer: peer)
        return .announce(PublicationRequest(address: address, video: tracks.video))
    }

    /// The directory's answer to the ANNOUNCE under way. A publication comes back if nobody took it: end it.
    mutating func announced(_ result: PublicationAnswer?) -> (response: RTSPResponse?, orphan: (any Publication)?) {
        guard case .announcing(let request, let tracks) = state else {
            if case .publication(let publication) = result { return (nil, publication) }
            return (nil, nil)
        }
        switch result {
        case .publication(let publication):
            state = .announced(Announced(publication: publication, tracks: tracks))
            return (answer(request, 200), nil)
        case .refused(let status, let headers):
            state = .idle
            return (answer(request, RTSPResponse(status: status, headers: headers)), nil)
        case nil:
            state = .idle
            return (answer(request, 503, ["Retry-After": "5"]), nil)
        }
    }

    mutating func setUp(_ announced: Announced, _ request: RTSPRequest) -> Action {
        var announced = announced
        guard let track = announced.tracks.track(of: request.uri) else { return .respond(answer(request, 404)) }
        let choice = ServerTransport.choose(
            request.headers["Transport"] ?? "", modes: ["RECORD", "RECEIVE"], allowsDatagrams: allowsDatagrams,
            address: Self.address(of: peer))
        guard let choice, announced.tracks.mayCome(track, by: choice.transport.kind) else {
            return .respond(answer(request, 461))
        }
        switch choice.transport {
        case .interleaved:
            guard let channels = announced.tracks.setUp(track, wanted: choice.offer.interleaved) else {
                return .respond(answer(request, 461))
            }
            state = .announced(announced)
            return .respond(
                setUp(
                    request, "RTP/AVP/TCP;unicast;interleaved=\(channels.rtp)-\(channels.rtcp ?? channels.rtp);mode=record"))
        case .datagrams(let ports):
            state = .opening(Opening(request: request, announced: announced, track: track, ports: ports))
            return .open(track: track)
        }
    }

    /// The ports that were opened for the publisher's SETUP under way; `nil` if there were none to be had. No answer: nobody
    /// waits for them any more.
    mutating func opened(_ pair: PortPair?) -> RTSPResponse? {
        guard case .opening(let opening) = state else { return nil }
        var announced = opening.announced
        guard let pair else {
            state = .announced(announced)
            return answer(opening.request, 503, ["Retry-After": "5"])
        }
        announced.tracks.setUp(opening.track, from: opening.ports)
        state = .announced(announced)
        let client = "\(opening.ports.rtp)-\(opening.ports.rtcp)"
        return setUp(
            opening.request, "RTP/AVP;unicast;client_port=\(client);server_port=\(pair.rtp)-\(pair.rtcp);mode=record")
    }

    mutating func record(_ request: RTSPRequest) -> Action {
        switch state {
        case .announced(let announced):
            // Without its video there is nothing to publish.
            guard let way = announced.tracks.videoWay else { return .respond(answer(request, 455)) }
            state = .engaging(request, announced)
            return .record(announced.publication, video: way, all: announced.tracks.allChannels)
        case .recording: return .respond(answer(request, 200, ["Session": sessionID]))
        default: return .respond(takesPublications ? answer(request, 455) : answer(request, 405, ["Allow": publicMethods]))
        }
    }

    /// What came of the RECORD under way: a refusal, or `nil` and packets may come. No answer: it is not under way any more.
    mutating func engaged(_ refusal: RTSPResponse?) -> RTSPResponse? {
        guard case .engaging(let request, let announced) = state else { return nil }
        if let refusal {
            state = .announced(announced)
            return answer(request, refusal)
        }
        state = .recording(announced)
        return answer(request, 200, ["Session": sessionID])
    }

    mutating func pause(_ announced: Announced, _ request: RTSPRequest) -> Action {
        state = .announced(announced)
        return .halt(answer(request, 200, ["Session": sessionID]), announced.publication)
    }

    var isRecording: Bool { if case .recording = state { true } else { false } }

    /// What the client publishes, or is about to; until the connection ended.
    var publication: (any Publication)? {
        switch state {
        case .announced(let announced), .engaging(_, let announced), .recording(let announced): announced.publication
        case .opening(let opening): opening.announced.publication
        default: nil
        }
    }
}
