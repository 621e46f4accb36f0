import GatewayCore

extension RTSPClient {
    /// What a client does next, without sockets and without a clock: each method takes one event and returns the actions to
    /// perform in order. At most one request waits for its response.
    ///
    ///     dial → OPTIONS → DESCRIBE → SETUP → PLAY → packets, keep-alive … → TEARDOWN
    struct StateMachine {
        enum Action: Hashable {
            /// Close the present connection, if there is one, and open another.
            case dial(StreamURL)
            case send(RTSPRequest)
            case reply(RTSPResponse)
            /// Bind a pair of UDP ports, and tell ``portsOpened(_:)`` or ``portsFailed()``.
            case openPorts
            /// Replaces the one deadline of the present phase; `nil` lifts it.
            case deadline(Duration?)
            case described(RTSPClientPresentation)
            case playing
            /// The session's sound, or that it has none and why.
            case audio(RTSPClientAudio)
            /// From now on tell when no packet came for so long.
            case watchSilence(Duration)
            case keepAlive(after: Duration)
            /// Always the last one.
            case close(RTSPClientError)
        }

        /// A request that waits for its response.
        struct Pending {
            var method: RTSPMethod
            var uri: String
            var sequence: Int
            var nonce: String?
            var isAuthorized = false
            /// How often this very request was repeated because of a 401.
            var repetitions = 0
        }

        static let maximumRedirects = 3
        /// The close of a client that plays waits so long for the camera's answer to TEARDOWN.
        static let teardownTimeout: Duration = .milliseconds(500)

        let configuration: RTSPClientConfiguration
        var url: StreamURL
        var phase = RTSPClientPhase.connect
        var isClosed = false
        var pending: Pending?
        var authorizer: Authorizer?
        var visited: Set<StreamURL>
        var redirects = 0
        var reconnections = 0
        var sequence = 0
        var session: SessionHeader?
        var publicMethods: Set<String> = []
        var aggregateURI = ""
        var presentation: RTSPClientPresentation?
        var described: (description: SessionDescription, track: VideoTrack)?
        var trackURI = ""
        var plan: TransportPlan
        /// Ours, bound for the track.
        var ports: PortPair?
        var hasPacket = false
        var audio = AudioSetUp()
        /// Sound stood in the way of the video once: it is not asked for again.
        var withholdsAudio = false
        /// A camera that takes the answer to no challenge is not asked again while its pictures come: it might lock the account.
        var sendsKeepAlive = true

        init(configuration: RTSPClientConfiguration, clientNonce: (@Sendable () -> String)? = nil) {
            self.configuration = configuration
            url = configuration.url
            visited = [configuration.url]
            authorizer = configuration.credentials.map { Authorizer(credentials: $0, clientNonce: clientNonce) }
            plan = TransportPlan(
                configuration.transport, last: configuration.lastTransport, isSecure: configuration.url.scheme == .rtsps)
        }

        mutating func start() -> [Action] {
            guard url.scheme == .rtsp || url.scheme == .rtsps else {
                return fail(.unsupported, "only rtsp:// and rtsps:// are carried, not \(url.scheme.rawValue)://", .giveUp)
            }
            return [.dial(url), .deadline(configuration.connectTimeout)]
        }

        mutating func connected() -> [Action] {
            guard !isClosed, phase == .connect else { return [] }
            return request(.options, uri: url.unredacted, phase: .options)
        }

        mutating func connectFailed(_ failure: ConnectFailure) -> [Action] {
            switch failure {
            case .unreachable(let reason): fail(.unreachable, "no connection to \(url.authority): \(reason)")
            case .refused(let outcome, let message, let advice): fail(outcome, message, advice)
            }
        }

        mutating func received(_ response: RTSPResponse) -> [Action] {
            guard !isClosed, let waiting = pending, response.status >= 200 else { return [] }
            // A late answer to an earlier keep-alive is nobody's; a missing or odd number is the present request's.
            if let number = response.headers["CSeq"].flatMap({ Int($0) }), number < waiting.sequence, number > 0 { return [] }
            if waiting.method == .teardown { return fail(cancelled: ()) }
            pending = nil
            if audio.isAsked { return audioAnswered(waiting, response) }
            switch response.status {
            case 200..<300: return succeeded(waiting, response)
            case 300..<400: return redirected(waiting, response)
            case 401: return unauthorized(waiting, response)
            default: return refused(waiting, response)
            }
        }

        /// The first packet of the video track; later ones need not be told.
        mutating func receivedPacket() -> [Action] {
            guard !isClosed, !hasPacket else { return [] }
            hasPacket = true
            guard phase == .firstPacket else { return [] }
            phase = .streaming
            return [.deadline(nil), .watchSilence(configuration.silenceTimeout)]
        }

        /// Whether the first packet is still waited for.
        var isStarting: Bool { !isClosed && phase != .streaming && phase != .teardown }

        /// The deadline of the last ``Action/deadline(_:)`` passed.
        mutating func deadlinePassed() -> [Action] {
            guard !isClosed else { return [] }
            switch phase {
            case .connect: return fail(.unreachable, "no connection to \(url.authority) in time")
            case .teardown: return fail(cancelled: ())
            case .firstPacket:
                return beginWithoutAudio() ?? changeTransport(.silence)
                    ?? fail(.timeout, "the camera agreed to play but sent no video")
            case .streaming: return fail(.timeout, "the camera agreed to play but sent no video")
            case .options, .describe, .setup, .play:
                return fail(.timeout, "the camera did not answer \(phase.rawValue.uppercased()) in time")
            }
        }

        mutating func silent() -> [Action] {
            isClosed || phase == .teardown ? [] : fail(.timeout, "the camera stopped sending video")
        }

        mutating func keepAliveDue() -> [Action] {
            guard !isClosed, sendsKeepAlive, isPlaying else { return [] }
            // An unanswered keep-alive is no reason to end a stream that flows: some cameras never answer one.
            let method: RTSPMethod = publicMethods.contains("GET_PARAMETER") ? .getParameter : .options
            return [send(method, uri: aggregateURI), .keepAlive(after: keepAliveInterval)]
        }

        mutating func failed(_ error: RTSPWireError) -> [Action] { fail(.protocolError, error.description) }

        /// - Parameter noise: what its last bytes were, if they were no RTSP.
        mutating func disconnected(after noise: RTSPWireError? = nil) -> [Action] {
            guard !isClosed else { return [] }
            switch phase {
            case .teardown: return fail(cancelled: ())
            case .firstPacket, .streaming: return fail(.unreachable, "the camera closed the connection")
            default:
                if let noise { return failed(noise) }
                return fail(.protocolError, "the camera closed the connection instead of answering")
            }
        }

        var isBeforeFirstPacket: Bool { phase != .streaming && phase != .teardown }

        var isPlaying: Bool { phase == .firstPacket || phase == .streaming }

        /// The caller wants no more.
        mutating func cancel() -> [Action] {
            guard !isClosed, phase != .teardown else { return [] }
            guard session != nil else { return fail(cancelled: ()) }
            phase = .teardown
            return [send(.teardown, uri: aggregateURI), .deadline(Self.teardownTimeout)]
        }

        /// A half of what the camera promised, so that one lost request does no harm.
        var keepAliveInterval: Duration { max(.milliseconds(500), (session?.timeout ?? SessionHeader.defaultTimeout) / 2) }
    }
}

extension RTSPClient.StateMachine {
    /// The next phase's request, with the deadline of its response.
    mutating func request(_ method: RTSPMethod, uri: String, phase: RTSPClientPhase) -> [Action] {
        self.phase = phase
        return [send(method, uri: uri), .deadline(audio.patience(configuration.responseTimeout, in: phase))]
    }

    mutating func send(
        _ method: RTSPMethod, uri: String, challenges: [AuthenticationChallenge] = [], repetitions: Int = 0
    ) -> Action {
        sequence += 1
        var headers = RTSPHeaders()
        headers.add("CSeq", String(sequence))
        let authorization = authorizer?.authorization(for: method, uri: uri, challenges: challenges)
        if let authorization { headers.add("Authorization", authorization) }
        headers.add("User-Agent", configuration.userAgent)
        switch method {
        case .describe: headers.add("Accept", "application/sdp")
        case .setup:
            headers.add("Transport", transportOffer.serialize())
        case .play: headers.add("Range", "npt=0.000-")
        default: break
        }
        if let session { headers.add("Session", session.id) }
        pending = Pending(
            method: method, uri: uri, sequence: sequence, nonce: authorizer?.nonce, isAuthorized: authorization != nil,
            repetitions: repetitions)
        return .send(RTSPRequest(method: method, uri: uri, headers: headers))
    }

    mutating func fail(
        _ outcome: ProbeOutcome, _ message: String, _ advice: RTSPClientError.Advice = .retry(after: nil)
    ) -> [Action] {
        guard !isClosed else { return [] }
        if let actions = beginWithoutAudio() { return actions }
        isClosed = true
        let history = isBeforeFirstPacket ? plan.history : ""
        return [.close(RTSPClientError(phase: phase, outcome: outcome, message: message + history, advice: advice))]
    }

    mutating func fail(cancelled: Void) -> [Action] {
        isClosed = true
        return [.close(.cancelled(in: phase))]
    }
}
