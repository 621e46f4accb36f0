import CLoad

/// A request or response of RTSP 1.0, or a response of HTTP/1.1: as much of them as a load test needs.
struct RTSPMessage {
    let firstLine: String
    /// By lower-case name.
    let headers: [String: String]
    let body: String

    /// Of a response; 0 for a request.
    var status: Int {
        let words = firstLine.split(separator: " ")
        return words.count > 1 && firstLine.contains("/1.") ? Int(words[1]) ?? 0 : 0
    }

    /// The message at the beginning of the bytes and its length; `nil` while it is not whole.
    static func take(from bytes: UnsafeRawBufferPointer) throws -> (message: RTSPMessage, byteCount: Int)? {
        guard let base = bytes.baseAddress, let end = load_find(base, bytes.count, "\r\n\r\n", 4) else {
            guard bytes.count < 65_536 else { throw LoadError("a message without an end") }
            return nil
        }
        let headCount = end - base
        let lines = String(decoding: bytes[..<headCount], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        let bodyCount = headers["content-length"].flatMap { Int($0) } ?? 0
        guard bodyCount >= 0, bodyCount < 65_536 else { throw LoadError("a body of \(bodyCount) bytes") }
        let total = headCount + 4 + bodyCount
        guard total <= bytes.count else { return nil }
        let body = String(decoding: bytes[(headCount + 4)..<total], as: UTF8.self)
        return (RTSPMessage(firstLine: String(lines.first ?? ""), headers: headers, body: body), total)
    }
}
