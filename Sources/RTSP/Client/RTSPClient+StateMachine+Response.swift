import GatewayCore

/// What each response leads to.
extension RTSPClient.StateMachine {
    mutating func succeeded(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        switch phase {
        case .options:
            publicMethods = Set(
                (response.headers.all("Public") + response.headers.all("Allow"))
                    .flatMap { $0.split(separator: ",").map { $0.trimmed().uppercased() } })
            return request(.describe, uri: url.unredacted, phase: .describe)
        case .describe: return describe(waiting, response)
        case .setup: return setUp(response)
        case .play: return play(response)
        case .connect, .firstPacket, .streaming, .teardown: return []
        }
    }

    private mutating func describe(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        let description: SessionDescription
        do {
            description = try SessionDescription.parse(response.body)
        } catch {
            let isNegative = response.headers["Content-Length"]?.hasPrefix("-") ?? false
            return failed(isNegative ? .malformedContentLength : error)
        }
        guard let track = description.videoTrack else {
            guard description.media.contains(where: { $0.kind == .video }) else {
                return fail(.noVideo, "the session has no video track")
            }
            return fail(.unsupported, "the video is neither H.264 nor H.265 over plain RTP at 90 kHz", .giveUp)
        }
        described = (description, track)
        let base = response.headers["Content-Base"]
        let location = response.headers["Content-Location"]
        aggregateURI = ControlURL.resolve(
            control: description.control, contentBase: base, contentLocation: location, requestURI: waiting.uri)
        // A track's control is relative to the session's only where that is a URL of its own (RFC 2326 section C.1.1).
        let trackURI = ControlURL.resolve(
            control: track.control, contentBase: base ?? (track.control == nil ? aggregateURI : nil), contentLocation: location,
            requestURI: waiting.uri)
        audio = AudioSetUp(configuration, description, base: base, location: location, requestURI: waiting.uri)
        self.trackURI = trackURI
        return askForTrack()
    }

    private mutating func play(_ response: RTSPResponse) -> [Action] {
        // Some cameras name another session here, and know only that one from now on.
        if let renewed = response.headers["Session"].flatMap(SessionHeader.parse) {
            session = SessionHeader(id: renewed.id, timeout: renewed.timeout ?? session?.timeout)
        }
        phase = hasPacket ? .streaming : .firstPacket
        let waits: [Action] =
            hasPacket
            ? [.deadline(nil), .watchSilence(configuration.silenceTimeout)]
            : [.deadline(audio.patience(plan.patience(configuration.firstPacketTimeout), in: .firstPacket))]
        return [.playing] + waits + [.keepAlive(after: keepAliveInterval)]
    }

    /// Follows at most three redirects, each to a place not yet seen, by the same scheme and without credentials: what
    /// stands behind a redirect is not the camera that they were given for.
    mutating func redirected(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        guard !isPlaying else { return [] }
        guard let location = response.headers["Location"], case .success(let target) = StreamURL.parse(location),
            target.url.scheme == url.scheme
        else {
            return fail(.redirected, "the camera redirects to what is no \(url.scheme.rawValue):// address", .giveUp)
        }
        guard redirects < Self.maximumRedirects else {
            return fail(.redirected, "the camera redirects more than \(Self.maximumRedirects) times", .giveUp)
        }
        guard visited.insert(target.url).inserted else {
            return fail(.redirected, "the camera redirects in a circle", .giveUp)
        }
        redirects += 1
        authorizer = nil
        return dial(target.url)
    }

    /// Answers a challenge where that can help: when the request carried no answer yet, when its nonce was stale, or when a
    /// nonce that had served before was replaced. A second 401 to the same credentials ends it: cameras lock accounts.
    mutating func unauthorized(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        if isPlaying { return keepAliveUnauthorized(waiting, response) }
        guard authorizer != nil else {
            let why = redirects > 0 ? "what the camera redirects to demands credentials" : "the camera demands credentials"
            return fail(.unauthorized, why, .giveUp)
        }
        let challenges = AuthenticationChallenge.parse(response.headers.all("WWW-Authenticate"))
        guard let preferred = AuthenticationChallenge.preferred(of: challenges) else {
            return fail(.unauthorized, "the camera demands an authentication other than Basic or Digest", .giveUp)
        }
        guard mayAnswer(preferred, waiting) else {
            return fail(
                .unauthorized,
                "the camera refused the user name or the password; it is not asked again soon, which might lock the account",
                .giveUp)
        }
        if response.headers["Connection"]?.equalsIgnoringCase("close") ?? false, phase == .options || phase == .describe {
            guard reconnections < 2 else { return fail(.unauthorized, "the camera closes after each challenge", .giveUp) }
            reconnections += 1
            _ = authorizer?.authorization(for: waiting.method, uri: waiting.uri, challenges: challenges)
            return dial(url)
        }
        let action = send(waiting.method, uri: waiting.uri, challenges: challenges, repetitions: waiting.repetitions + 1)
        return [action, .deadline(configuration.responseTimeout)]
    }

    /// The pictures come: a nonce that was replaced is followed, and nothing else is a reason to end them.
    private mutating func keepAliveUnauthorized(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        let challenges = AuthenticationChallenge.parse(response.headers.all("WWW-Authenticate"))
        guard authorizer != nil, let preferred = AuthenticationChallenge.preferred(of: challenges), mayAnswer(preferred, waiting)
        else {
            sendsKeepAlive = false
            return []
        }
        return [send(waiting.method, uri: waiting.uri, challenges: challenges, repetitions: waiting.repetitions + 1)]
    }

    func mayAnswer(_ challenge: AuthenticationChallenge, _ waiting: Pending) -> Bool {
        guard waiting.isAuthorized else { return waiting.repetitions == 0 }
        guard case .digest(let digest) = challenge, waiting.repetitions < 2 else { return false }
        return digest.isStale || (waiting.repetitions == 0 && digest.nonce != waiting.nonce && reconnections == 0)
    }

    mutating func dial(_ target: StreamURL) -> [Action] {
        url = target
        phase = .connect
        pending = nil
        session = nil
        publicMethods = []
        ports = nil
        hasPacket = false
        audio = AudioSetUp()
        return [.dial(target), .deadline(configuration.connectTimeout)]
    }

    mutating func refused(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        let what = "the camera answers \(waiting.method.rawValue) with status \(response.status)"
        if isPlaying { return keepAliveRefused(waiting, response) }
        switch response.status {
        case _ where phase == .options && response.status != 453 && response.status != 503:
            // Cameras are met that know everything but OPTIONS, and any status for it.
            return request(.describe, uri: url.unredacted, phase: .describe)
        case 404, 410: return fail(.notFound, "the camera has no such stream (\(response.status))")
        case 403: return fail(.unauthorized, "the camera forbids the stream to this account", .giveUp)
        case 453, 503:
            let pause = response.headers["Retry-After"].flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), 3_600)) }
            return fail(.protocolError, "the camera is busy: \(what)", .retry(after: pause))
        case 461 where phase == .setup:
            return changeTransport(.refused(status: 461)) ?? fail(.unsupported, what, .giveUp)
        case 406, 415, 461: return fail(.unsupported, what, .giveUp)
        default: return fail(.protocolError, what)
        }
    }

    private mutating func keepAliveRefused(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        if response.status == 454 { return fail(.protocolError, "the camera forgot the session") }
        if waiting.method == .getParameter { publicMethods.remove("GET_PARAMETER") }
        return []
    }
}
