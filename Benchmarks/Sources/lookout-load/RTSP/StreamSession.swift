import Glibc

/// One reader of a ``StreamServer``.
final class StreamSession {
    /// A unit that would wait behind more than this is skipped.
    private static let backlogLimit = 8 << 20

    let descriptor: Int32
    /// Of the stream that it set up, from 0 on.
    var stream: Int?
    var isPlaying = false
    private(set) var isBroken = false
    private(set) var skippedUnits = 0
    private let poll: EventPoll
    private var input: [UInt8] = []
    private var backlog: [UInt8] = []

    init(descriptor: Int32, poll: EventPoll) {
        self.descriptor = descriptor
        self.poll = poll
    }

    /// One `send`; what the socket does not take waits until it does.
    func send(_ bytes: UnsafeRawBufferPointer) {
        guard !isBroken, let start = bytes.baseAddress else { return }
        var sent = 0
        if backlog.isEmpty {
            sent = max(0, transmit(start, bytes.count))
            if sent == bytes.count { return }
        } else if backlog.count + bytes.count > Self.backlogLimit {
            return skippedUnits += 1
        }
        guard !isBroken else { return }
        if backlog.isEmpty { poll.watchWriting(descriptor, true) }
        backlog.append(contentsOf: bytes[sent...])
    }

    func send(_ text: String) {
        var text = text
        text.withUTF8 { send(UnsafeRawBufferPointer($0)) }
    }

    /// There is room again.
    func flush() {
        guard !backlog.isEmpty else { return }
        let sent = backlog.withUnsafeBytes { $0.baseAddress.map { transmit($0, backlog.count) } ?? 0 }
        backlog.removeFirst(max(0, sent))
        if backlog.isEmpty { poll.watchWriting(descriptor, false) }
    }

    private func transmit(_ start: UnsafeRawPointer, _ count: Int) -> Int {
        let sent = Glibc.send(descriptor, start, count, Int32(MSG_NOSIGNAL))
        if sent < 0, errno != EAGAIN { isBroken = true }
        return sent
    }

    /// Requests that have come; packets of RTCP are read and dropped.
    func readRequests(_ body: (RTSPMessage) -> Void) {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        if count == 0 || (count < 0 && errno != EAGAIN) { isBroken = true }
        guard count > 0 else { return }
        input += bytes[..<count]
        while let first = input.first {
            if first == UInt8(ascii: "$") {
                guard input.count >= 4 else { return }
                let end = 4 + (Int(input[2]) << 8 | Int(input[3]))
                guard input.count >= end else { return }
                input.removeFirst(end)
                continue
            }
            do {
                guard let taken = try input.withUnsafeBytes({ try RTSPMessage.take(from: $0) }) else { return }
                input.removeFirst(taken.byteCount)
                body(taken.message)
            } catch {
                return isBroken = true
            }
        }
    }
}
