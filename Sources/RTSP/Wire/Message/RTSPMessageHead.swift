import NIOCore

/// Start line and headers of a message whose body has not been read yet.
struct RTSPMessageHead: Hashable, Sendable {
    enum StartLine: Hashable, Sendable {
        case request(method: RTSPMethod, uri: String)
        case status(Int, reason: String)
    }

    let startLine: StartLine
    let headers: RTSPHeaders

    func element(body: ByteBuffer) -> RTSPElement {
        switch startLine {
        case .request(let method, let uri):
            .request(RTSPRequest(method: method, uri: uri, headers: headers, body: body))
        case .status(let status, let reason):
            .response(RTSPResponse(status: status, reason: reason, headers: headers, body: body))
        }
    }

    /// - Parameter length: of the head, with its empty line; at most the buffer's readable bytes.
    static func parse(_ buffer: ByteBuffer, length: Int, limits: RTSPLimits) throws(RTSPWireError) -> RTSPMessageHead {
        guard let bytes = buffer.getSlice(at: buffer.readerIndex, length: length) else { throw .malformedStartLine }
        let lines = String(buffer: bytes).utf8.split(separator: 0x0A, omittingEmptySubsequences: true)
        guard let first = lines.first, let startLine = startLine(Substring(first).trimmedPart()) else {
            throw .malformedStartLine
        }
        var headers = RTSPHeaders()
        for line in lines.dropFirst() {
            let isFolded = line.first == 0x20 || line.first == 0x09
            let text = Substring(line).trimmedPart()
            if text.isEmpty { continue }
            if isFolded, !headers.fields.isEmpty {
                headers.appendToLast(String(text))
            } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) {
                guard headers.fields.count < limits.headerFields else { throw .tooManyHeaders(limit: limits.headerFields) }
                headers.add(text[..<colon].trimmed(), text[text.utf8.index(after: colon)...].trimmed())
            }
        }
        return RTSPMessageHead(startLine: startLine, headers: headers)
    }

    /// A negative length is met where a camera has none to tell: there is no body then.
    func bodyLength(limit: Int) throws(RTSPWireError) -> Int {
        let values = Set(headers.all("Content-Length"))
        guard let text = values.first else { return 0 }
        if values.count == 1, let length = Int(text), length < 0 { return 0 }
        guard values.count == 1, !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw .malformedContentLength
        }
        guard let length = Int(text), length <= limit else { throw .bodyTooLong(limit: limit) }
        return length
    }

    private static func startLine(_ line: Substring) -> StartLine? {
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        guard let first = words.first else { return nil }
        if isVersion(first) {
            guard words.count >= 2, words[1].utf8.count == 3, let status = Int(words[1]), (100...999).contains(status) else {
                return nil
            }
            return .status(status, reason: words.dropFirst(2).joined(separator: " "))
        }
        // A URL with spaces in it is met where an installer typed one: everything up to the version belongs to it.
        guard words.count >= 3, isMethod(first), let version = words.last, isVersion(version) else { return nil }
        return .request(
            method: RTSPMethod(rawValue: first.uppercased()), uri: words[1..<(words.count - 1)].joined(separator: " "))
    }

    /// Where framing is found again in the middle of a line, what stands before its first space may be anything.
    private static func isMethod(_ word: Substring) -> Bool {
        word.utf8.count <= MessageStart.longestToken
            && word.utf8.allSatisfy { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F }
    }

    private static func isVersion(_ word: Substring) -> Bool {
        word.utf8.count >= 6 && word.prefix(5).equalsIgnoringCase("RTSP/") && word.utf8.count <= 16
    }
}
