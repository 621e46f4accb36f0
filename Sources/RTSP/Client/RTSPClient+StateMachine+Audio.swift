/// Sound beside the video. Video comes first: whatever goes wrong here ends in a session of video alone.
///
/// The audio track is set up after the video's, on the same connection. A refusal is passed over. Where the camera falls
/// silent, hangs up, mixes up channels, or will not play, the client begins anew, once, and without asking.
extension RTSPClient.StateMachine {
    /// The camera's track and what became of it.
    struct AudioSetUp {
        /// How long its own SETUP, PLAY, and the first packet of video are waited for once it was asked for: the time that is left
        /// of the start must do for a beginning without it.
        static let setUpTimeout: Duration = .seconds(1)
        static let playTimeout: Duration = .seconds(2)
        static let firstPacketTimeout: Duration = .milliseconds(4_500)

        private(set) var track: AudioTrack?
        private(set) var uri = ""
        /// Whether a SETUP waits for its answer.
        var isAsked = false
        /// Whether it was ever sent on this connection.
        var wasAsked = false
        var offer: TransportHeader.Channels?

        init() {}

        init(
            _ configuration: RTSPClientConfiguration, _ description: SessionDescription, base: String?, location: String?,
            requestURI: String
        ) {
            // A track without a URL of its own cannot be told from the video.
            guard configuration.wantsAudio, let track = description.audioTrack, let control = track.control, control != "*",
                !control.isEmpty, control != description.videoTrack?.control
            else { return }
            self.track = track
            uri = ControlURL.resolve(control: control, contentBase: base, contentLocation: location, requestURI: requestURI)
        }

        func patience(_ usual: Duration, in phase: RTSPClientPhase) -> Duration {
            guard wasAsked else { return usual }
            switch phase {
            case .setup: return min(usual, Self.setUpTimeout)
            case .play: return min(usual, Self.playTimeout)
            default: return min(usual, Self.firstPacketTimeout)
            }
        }
    }

    /// SETUP of the sound; `nil` where there is none to ask for. Sound comes on the connection, or not at all.
    mutating func askForAudio(beside video: TrackTransport) -> [Action]? {
        guard configuration.wantsAudio else { return nil }
        guard case .interleaved(let rtp, let rtcp) = video else { return goOn(.refused(status: nil)) }
        guard audio.track != nil, !withholdsAudio else {
            let play = request(.play, uri: aggregateURI, phase: .play)
            return [.audio(withholdsAudio ? .obstructive : .none)] + play
        }
        audio.isAsked = true
        audio.wasAsked = true
        let isFree = ![rtp, rtcp ?? rtp].contains { 2...3 ~= $0 }
        audio.offer = isFree ? .init(rtp: 2, rtcp: 3) : .init(rtp: 4, rtcp: 5)
        return request(.setup, uri: audio.uri, phase: .setup)
    }

    mutating func audioAnswered(_ waiting: Pending, _ response: RTSPResponse) -> [Action] {
        if response.status == 401, let action = repeatAudio(waiting, response) { return [action] }
        audio.isAsked = false
        let offer = audio.offer
        audio.offer = nil
        guard 200..<300 ~= response.status, let track = audio.track, let presentation else {
            return goOn(.refused(status: response.status))
        }
        // Two sessions, one for each track: PLAY can name only one, and that is the video's.
        if let named = response.headers["Session"].flatMap(SessionHeader.parse), named.id != session?.id ?? named.id {
            return goOn(.refused(status: nil))
        }
        session = session ?? response.headers["Session"].flatMap(SessionHeader.parse)
        let transport = response.headers["Transport"].flatMap { TransportHeader.parse($0).first }
        let rtp = transport?.interleaved?.rtp ?? offer?.rtp ?? 2
        let rtcp = transport == nil ? offer?.rtcp : transport?.interleaved?.rtcp
        let videoChannels = presentation.channels
        guard transport?.isInterleaved ?? true, !videoChannels.contains(rtp), rtcp.map({ !videoChannels.contains($0) }) ?? true
        else {
            return beginWithoutAudio() ?? goOn(.refused(status: nil))
        }
        return goOn(.set(track, rtp: rtp, rtcp: rtcp == rtp ? nil : rtcp))
    }

    private mutating func goOn(_ outcome: RTSPClientAudio) -> [Action] {
        [.audio(outcome)] + request(.play, uri: aggregateURI, phase: .play)
    }

    /// Where a nonce serves only once.
    private mutating func repeatAudio(_ waiting: Pending, _ response: RTSPResponse) -> Action? {
        let challenges = AuthenticationChallenge.parse(response.headers.all("WWW-Authenticate"))
        guard authorizer != nil, let preferred = AuthenticationChallenge.preferred(of: challenges), mayAnswer(preferred, waiting)
        else { return nil }
        return send(waiting.method, uri: waiting.uri, challenges: challenges, repetitions: waiting.repetitions + 1)
    }

    /// The session failed before any video came, and sound had been asked for: it begins anew without. `nil` otherwise.
    mutating func beginWithoutAudio() -> [Action]? {
        guard audio.wasAsked, !withholdsAudio, phase == .setup || phase == .play || phase == .firstPacket else { return nil }
        withholdsAudio = true
        audio = AudioSetUp()
        let teardown = session == nil ? [] : [send(.teardown, uri: aggregateURI)]
        return teardown + dial(url)
    }
}
