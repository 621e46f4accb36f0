/// A viewer of an endless chunked response: one feed as fragmented MP4, or a console with many. A chunk that holds a
/// ``Stamp`` is a unit.
final class HTTPViewer: Viewer {
    let stream: ByteStream
    private let asked: MonotonicTime
    private var isAnswered = false
    private var lastUnits: [UInt32: UInt32] = [:]

    init(url: MediaURL, headers: [String], memory: ByteStream.Memory) throws {
        stream = ByteStream(descriptor: try TCPSocket.connect(host: url.host, port: url.port), memory: memory)
        asked = .now
        let lines = ["GET \(url.target) HTTP/1.1", "Host: \(url.host):\(url.port)", "User-Agent: lookout-load"] + headers
        try stream.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    func keepAlive(now: MonotonicTime) {}

    func read(_ tally: Tally) throws {
        let count = try stream.read { try consume($0, now: .now, tally) }
        if tally.isMeasuring { tally.bytes += count }
    }

    private func consume(_ bytes: UnsafeRawBufferPointer, now: MonotonicTime, _ tally: Tally) throws -> Int {
        var offset = 0
        if !isAnswered {
            guard let taken = try RTSPMessage.take(from: bytes) else { return 0 }
            guard taken.message.status == 200, taken.message.headers["transfer-encoding"] == "chunked" else {
                throw LoadError("\(taken.message.firstLine), and not an endless response")
            }
            isAnswered = true
            tally.began()
            offset = taken.byteCount
        }
        while let chunk = try Self.chunk(bytes, at: offset) {
            guard !chunk.body.isEmpty else { throw LoadError("the response ended") }
            if let stamp = Stamp.find(in: UnsafeRawBufferPointer(rebasing: bytes[chunk.body])) { unit(stamp, now: now, tally) }
            offset = chunk.end
        }
        return offset
    }

    private func unit(_ stamp: Stamp, now: MonotonicTime, _ tally: Tally) {
        // The first unit of a view is its key picture.
        if lastUnits.isEmpty { tally.firstKey.add(now.milliseconds(since: asked)) }
        tally.unitEnded(stamp, after: lastUnits[stamp.camera], now: now)
        lastUnits[stamp.camera] = stamp.unit
    }

    /// The chunk at `offset` (RFC 9112 section 7.1); `nil` while it is not whole.
    private static func chunk(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws -> (body: Range<Int>, end: Int)? {
        var length = 0
        var index = offset
        while index < bytes.count, bytes[index] != UInt8(ascii: "\r") {
            guard let digit = Character(UnicodeScalar(bytes[index])).hexDigitValue, length < 1 << 24 else {
                throw LoadError("chunked coding is broken")
            }
            length = length << 4 | digit
            index += 1
        }
        let body = (index + 2)..<(index + 2 + length)
        return body.upperBound + 2 <= bytes.count ? (body, body.upperBound + 2) : nil
    }
}
