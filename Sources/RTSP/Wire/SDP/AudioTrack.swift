/// An audio track that the gateway carries: AAC (RFC 3640 mode AAC-hbr, RFC 3016 LATM) or G.711 (RFC 3551 section 4.5.14).
package struct AudioTrack: Hashable, Sendable {
    package enum Codec: Hashable, Sendable {
        case aac(AudioSpecificConfig, AACPacking)
        case pcmu
        case pcma
    }

    package let codec: Codec
    /// 0…127.
    package let payloadType: UInt8
    /// Ticks of the RTP timestamp a second; 7,350…96,000. For AAC it is as a rule the sampling rate, and the camera's word.
    package let clockRate: Int
    /// 1…8.
    package let channels: Int
    /// `a=control:` as written; resolve it with ``ControlURL``.
    package let control: String?

    package init(codec: Codec, payloadType: UInt8, clockRate: Int, channels: Int, control: String?) {
        self.codec = codec
        self.payloadType = payloadType
        self.clockRate = clockRate
        self.channels = channels
        self.control = control
    }

    static let clockRates = 7_350...96_000

    /// Whether both sound the same to a decoder: what differs may be the payload type and the control.
    package func isSameSound(as other: AudioTrack) -> Bool {
        codec == other.codec && clockRate == other.clockRate && channels == other.channels
    }

    /// `AAC`, `PCMU`, `PCMA`.
    package var name: String {
        switch codec {
        case .aac: "AAC"
        case .pcmu: "PCMU"
        case .pcma: "PCMA"
        }
    }

    /// The payload type that goes with the description below: the static one where there is one (RFC 3551 table 4).
    package var outgoingPayloadType: UInt8 {
        switch codec {
        case .pcmu where clockRate == 8_000 && channels == 1: 0
        case .pcma where clockRate == 8_000 && channels == 1: 8
        default: 97
        }
    }

    /// As the second section of a session description of ours. Payloads are the camera's, so the way they are packed is said
    /// as the camera said it.
    package func mediaDescription(control: String) -> MediaDescription {
        let type = outgoingPayloadType
        var attributes: [SessionDescription.Attribute] = []
        switch codec {
        case .pcmu, .pcma:
            attributes.append(.init("rtpmap", "\(type) \(name)/\(clockRate)\(channels > 1 ? "/\(channels)" : "")"))
        case .aac(let config, .elementary(let lengths)):
            attributes.append(.init("rtpmap", "\(type) MPEG4-GENERIC/\(clockRate)/\(channels)"))
            let packing = "sizelength=\(lengths.size);indexlength=\(lengths.index);indexdeltalength=\(lengths.indexDelta)"
            attributes.append(
                .init("fmtp", "\(type) streamtype=5;profile-level-id=1;mode=AAC-hbr;\(packing);config=\(Self.hex(config.bytes))"))
        case .aac(_, .latm(let muxConfig)):
            attributes.append(.init("rtpmap", "\(type) MP4A-LATM/\(clockRate)/\(channels)"))
            attributes.append(.init("fmtp", "\(type) cpresent=0;config=\(Self.hex(muxConfig))"))
        }
        attributes.append(.init("control", control))
        return MediaDescription(kind: .audio, payloadTypes: [type], attributes: attributes)
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}

extension MediaDescription {
    /// The first payload type of this section that is carried; `nil` for everything else, and for a malformed configuration.
    package var audioTrack: AudioTrack? {
        guard kind == .audio, !profile.hasPrefix("RTP/SAVP") else { return nil }
        for type in payloadTypes {
            if let track = audioTrack(of: type) { return track }
        }
        return nil
    }

    /// `false` where the section, or the session if the section says nothing, is of another direction than the camera's to us.
    func isSent(bySession session: [SessionDescription.Attribute]) -> Bool {
        let directions: Set = ["sendrecv", "recvonly", "sendonly", "inactive"]
        let own = attributes.first { directions.contains($0.name) }
        // Written from the receiver's side: what is `sendonly` in a camera's description is for us to send.
        let direction = (own ?? session.first { directions.contains($0.name) })?.name
        return direction != "sendonly" && direction != "inactive"
    }

    private func audioTrack(of type: UInt8) -> AudioTrack? {
        guard let encoding = encoding(of: type) else {
            // Static types need no rtpmap.
            guard type == 0 || type == 8 else { return nil }
            return AudioTrack(codec: type == 0 ? .pcmu : .pcma, payloadType: type, clockRate: 8_000, channels: 1, control: control)
        }
        switch encoding.name {
        case "PCMU", "PCMA":
            let (rate, channels) = (encoding.clockRate ?? 8_000, encoding.channels ?? 1)
            guard AudioTrack.clockRates ~= rate, 1...2 ~= channels else { return nil }
            return AudioTrack(
                codec: encoding.name == "PCMU" ? .pcmu : .pcma, payloadType: type, clockRate: rate, channels: channels,
                control: control)
        case "MPEG4-GENERIC", "MP4A-LATM":
            let parameters = formatParameters(of: type)
            let isLATM = encoding.name == "MP4A-LATM"
            guard let (config, packing) = isLATM ? AACPacking.latm(parameters) : AACPacking.elementary(parameters) else {
                return nil
            }
            let rate = encoding.clockRate ?? config.sampleRate
            guard AudioTrack.clockRates ~= rate else { return nil }
            // The configuration counts: cameras are met whose rtpmap names one channel more.
            return AudioTrack(
                codec: .aac(config, packing), payloadType: type, clockRate: rate, channels: config.channels, control: control)
        default: return nil
        }
    }
}
