import NIOCore

/// A session description (RFC 4566), read as cameras write it: LF or CRLF or CR, blank lines, a byte order mark, NULs at
/// the end, missing `v`, `o`, `s` or `t`. Lines that the gateway has no use for are not kept.
package struct SessionDescription: Hashable, Sendable {
    package struct Attribute: Hashable, Sendable {
        package let name: String
        package let value: String?

        package init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    /// Media and attributes beyond this are an error.
    package static let limit = 256

    /// The value of `o=`.
    package var origin: String
    /// The value of `s=`.
    package var name: String
    /// The value of `c=`.
    package var connection: String?
    package var attributes: [Attribute]
    package var media: [MediaDescription]

    package init(
        origin: String = "- 0 0 IN IP4 0.0.0.0", name: String = "-", connection: String? = "IN IP4 0.0.0.0",
        attributes: [Attribute] = [], media: [MediaDescription] = []
    ) {
        self.origin = origin
        self.name = name
        self.connection = connection
        self.attributes = attributes
        self.media = media
    }

    /// The session-level `a=control:`.
    package var control: String? { attributes.first { $0.name == "control" }?.value }

    /// The first H.264 or H.265 track.
    package var videoTrack: VideoTrack? {
        for description in media {
            if let track = description.videoTrack { return track }
        }
        return nil
    }

    /// The first audio track that the gateway carries and that the camera sends: one that it would receive, a back-channel,
    /// is none (RFC 4566 section 6; ONVIF Streaming Specification section 5.3).
    package var audioTrack: AudioTrack? {
        for description in media {
            if let track = description.audioTrack, description.isSent(bySession: attributes) { return track }
        }
        return nil
    }

    package static func parse(_ text: String) throws(RTSPWireError) -> SessionDescription {
        var description = SessionDescription(connection: nil)
        var lines = 0
        var attributes = 0
        for raw in text.unicodeScalars.split(whereSeparator: { $0 == "\n" || $0 == "\r" }) {
            let line = String(String.UnicodeScalarView(raw)).trimmed()
            guard line.utf8.count >= 2, let key = line.utf8.first, line.utf8.dropFirst().first == UInt8(ascii: "=") else {
                continue
            }
            lines += 1
            let value = String(line.utf8.dropFirst(2)) ?? ""
            if key == UInt8(ascii: "a") { attributes += 1 }
            guard description.media.count <= limit, attributes <= limit * 8 else { throw .tooManyMedia(limit: limit) }
            description.take(key, value.trimmed())
        }
        guard lines > 0 else { throw .notSDP }
        return description
    }

    package static func parse(_ body: ByteBuffer) throws(RTSPWireError) -> SessionDescription {
        try parse(String(buffer: body))
    }

    /// The description in RFC 4566's order of lines, CRLF at each end.
    package func serialize() -> String {
        var lines = ["v=0", "o=\(origin)", "s=\(name)"]
        if let connection { lines.append("c=\(connection)") }
        lines.append("t=0 0")
        lines += attributes.map(\.line)
        for description in media { lines += description.lines }
        return lines.map { $0.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" } + "\r\n" }.joined()
    }

    private mutating func take(_ key: UInt8, _ value: String) {
        switch key {
        case UInt8(ascii: "o"): origin = value
        case UInt8(ascii: "s"): name = value
        case UInt8(ascii: "m"):
            if let description = MediaDescription(line: value) { media.append(description) }
        case UInt8(ascii: "c"):
            if media.isEmpty { connection = value } else { media[media.count - 1].connection = value }
        case UInt8(ascii: "a"):
            let attribute = Attribute(line: value)
            if media.isEmpty { attributes.append(attribute) } else { media[media.count - 1].attributes.append(attribute) }
        default: break
        }
    }
}

extension SessionDescription.Attribute {
    init(line: String) {
        let colon = line.utf8.firstIndex(of: UInt8(ascii: ":"))
        name = line[..<(colon ?? line.endIndex)].trimmed().lowercased()
        value = colon.map { line[line.utf8.index(after: $0)...].trimmed() }
    }

    var line: String { value.map { "a=\(name):\($0)" } ?? "a=\(name)" }
}
