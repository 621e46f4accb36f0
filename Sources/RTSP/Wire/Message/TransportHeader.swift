/// One alternative of a `Transport` header (RFC 2326 section 12.39).
package struct TransportHeader: Hashable, Sendable {
    /// Channels of an interleaved track. Cameras are met that name the RTP channel only.
    package struct Channels: Hashable, Sendable {
        package let rtp: UInt8
        package let rtcp: UInt8?

        package init(rtp: UInt8, rtcp: UInt8?) {
            self.rtp = rtp
            self.rtcp = rtcp
        }
    }

    /// `RTP/AVP/TCP`, `RTP/AVP`, `RTP/AVP/UDP`, `RTP/SAVP`, … in upper case.
    package var profile: String
    package var isMulticast: Bool
    package var interleaved: Channels?
    package var ssrc: UInt32?
    /// `PLAY` or `RECORD`, without quotes.
    package var mode: String?
    /// Every other parameter in order: `client_port`, `server_port`, `destination`, `source`, `ttl`, …
    package var parameters: [Parameter]

    package struct Parameter: Hashable, Sendable {
        package let name: String
        package let value: String?
    }

    package init(
        profile: String = "RTP/AVP/TCP", isMulticast: Bool = false, interleaved: Channels? = nil, ssrc: UInt32? = nil,
        mode: String? = nil, parameters: [Parameter] = []
    ) {
        self.profile = profile
        self.isMulticast = isMulticast
        self.interleaved = interleaved
        self.ssrc = ssrc
        self.mode = mode
        self.parameters = parameters
    }

    /// Whether RTP travels on the RTSP connection itself. Some cameras answer `RTP/AVP;interleaved=0-1`.
    package var isInterleaved: Bool { profile.hasSuffix("/TCP") || interleaved != nil }

    /// The alternatives of a header value in the peer's order of preference; malformed ones are left out.
    package static func parse(_ value: String) -> [TransportHeader] {
        value.prefix(4_096).split(separator: ",").prefix(16).compactMap { alternative(String($0)) }
    }

    package func serialize() -> String {
        var text = "\(profile);\(isMulticast ? "multicast" : "unicast")"
        if let interleaved {
            text += ";interleaved=\(interleaved.rtp)"
            if let rtcp = interleaved.rtcp { text += "-\(rtcp)" }
        }
        for parameter in parameters {
            text += ";\(parameter.name)"
            if let value = parameter.value { text += "=\(value)" }
        }
        if let ssrc {
            let digits = String(ssrc, radix: 16, uppercase: true)
            text += ";ssrc=\(String(repeating: "0", count: 8 - digits.count))\(digits)"
        }
        if let mode { text += ";mode=\"\(mode)\"" }
        return text
    }

    private static func alternative(_ text: String) -> TransportHeader? {
        let parts = text.split(separator: ";").map { $0.trimmed() }
        guard let profile = parts.first?.uppercased(), profile.hasPrefix("RTP/") || profile.hasPrefix("RAW/") else { return nil }
        var header = TransportHeader(profile: profile)
        for part in parts.dropFirst() where !part.isEmpty {
            let equals = part.firstIndex(of: "=")
            let name = part[..<(equals ?? part.endIndex)].trimmed().lowercased()
            let value = equals.map { part[part.index(after: $0)...].trimmed().trimmingQuotes() }
            switch name {
            case "unicast": header.isMulticast = false
            case "multicast": header.isMulticast = true
            case "interleaved": header.interleaved = value.flatMap(channels)
            case "ssrc": header.ssrc = value.flatMap { UInt32($0, radix: 16) }
            case "mode": header.mode = value?.uppercased()
            default: header.parameters.append(Parameter(name: name, value: value))
            }
        }
        return header
    }

    private static func channels(_ text: String) -> Channels? {
        let bounds = text.split(separator: "-", maxSplits: 1).map { UInt8($0.trimmed()) }
        guard let first = bounds.first, let rtp = first else { return nil }
        return Channels(rtp: rtp, rtcp: bounds.count == 2 ? bounds[1] : nil)
    }
}

extension String {
    func trimmingQuotes() -> String {
        utf8.count >= 2 && hasPrefix("\"") && hasSuffix("\"") ? String(dropFirst().dropLast()) : self
    }
}
