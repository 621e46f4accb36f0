/// One `m=` section of a session description.
package struct MediaDescription: Hashable, Sendable {
    /// `video`, `audio`, `application`, … in lower case.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package static let video = Kind(rawValue: "video")
        package static let audio = Kind(rawValue: "audio")
        package static let application = Kind(rawValue: "application")
    }

    /// What `a=rtpmap:` says of a payload type.
    package struct Encoding: Hashable, Sendable {
        /// In upper case: `H264`, `H265`, `PCMA`.
        package let name: String
        /// Ticks a second; `nil` where it is missing or no number.
        package let clockRate: Int?
        /// Of audio; `nil` where it is missing or no number.
        package let channels: Int?
    }

    package var kind: Kind
    package var port: Int
    /// `RTP/AVP` as a rule.
    package var profile: String
    /// In order of preference; 0…127.
    package var payloadTypes: [UInt8]
    package var connection: String?
    package var attributes: [SessionDescription.Attribute]

    package init(
        kind: Kind, port: Int = 0, profile: String = "RTP/AVP", payloadTypes: [UInt8], connection: String? = nil,
        attributes: [SessionDescription.Attribute] = []
    ) {
        self.kind = kind
        self.port = port
        self.profile = profile
        self.payloadTypes = payloadTypes
        self.connection = connection
        self.attributes = attributes
    }

    /// The media-level `a=control:`.
    package var control: String? { attributes.first { $0.name == "control" }?.value }

    package func encoding(of payloadType: UInt8) -> Encoding? {
        guard let value = value(of: "rtpmap", for: payloadType) else { return nil }
        let parts = value.split(separator: "/").map { $0.trimmed() }
        guard let name = parts.first else { return nil }
        return Encoding(
            name: name.uppercased(), clockRate: parts.count > 1 ? Int(parts[1]) : nil,
            channels: parts.count > 2 ? Int(parts[2]) : nil)
    }

    /// Parameters of `a=fmtp:`, names in lower case; the first of equals counts.
    package func formatParameters(of payloadType: UInt8) -> [String: String] {
        guard let value = value(of: "fmtp", for: payloadType) else { return [:] }
        var parameters: [String: String] = [:]
        for part in value.split(separator: ";").prefix(64) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard let name = pair.first?.trimmed().lowercased(), !name.isEmpty, parameters[name] == nil else { continue }
            parameters[name] = pair.count == 2 ? pair[1].trimmed().trimmingQuotes() : ""
        }
        return parameters
    }

    /// The rest of an attribute that begins with a payload type.
    private func value(of name: String, for payloadType: UInt8) -> String? {
        for attribute in attributes where attribute.name == name {
            guard let value = attribute.value else { continue }
            let digits = value.utf8.prefix { (0x30...0x39).contains($0) }
            if UInt8(String(Substring(digits))) == payloadType { return value[digits.endIndex...].trimmed() }
        }
        return nil
    }

    /// The value of an `m=` line; `nil` if it has no kind.
    init?(line: String) {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard let kind = words.first else { return nil }
        let port = words.count > 1 ? Int(words[1].prefix { $0 != "/" }) ?? 0 : 0
        self.init(
            kind: Kind(rawValue: kind.lowercased()), port: (0...65_535).contains(port) ? port : 0,
            profile: words.count > 2 ? words[2].uppercased() : "RTP/AVP",
            payloadTypes: words.dropFirst(3).prefix(64).compactMap { UInt8($0) }.filter { $0 < 128 })
    }

    /// As it stands in a description, without line ends.
    package var lines: [String] {
        var lines = ["m=\(kind.rawValue) \(port) \(profile) \(payloadTypes.map(String.init).joined(separator: " "))"]
        if let connection { lines.append("c=\(connection)") }
        return lines + attributes.map(\.line)
    }
}
