import DecoderProcess
import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore

/// Takes jobs from the gateway's socket, runs each on a thread of its own kind, answers in the order in which they end.
///
/// ## Concurrency model
/// There are no tasks here: Swift's pool opens files of /proc as it grows, and the kernel would not let it.
/// The main thread reads, and ends the process with the socket. `probes` is touched by it and by ending jobs, under
/// `lock`; so is writing.
// SAFETY: `table` and the socket's writing end are used between lock.lock() and lock.unlock() only.
final class DecoderService: @unchecked Sendable {
    private let socket: CInt
    private let probeThreads: MediaThreads
    private let stillThreads = MediaThreads(name: "still", count: 2)
    private let lock = NSLock()
    private var table: [UInt32: Probe] = [:]

    private struct Probe {
        let options: ProbeOptions
        let inlet = PacketInlet()
        var isDescribed = false
    }

    init(socket: CInt, probes: Int) {
        self.socket = socket
        probeThreads = MediaThreads(name: "probe", count: probes)
    }

    /// Whatever FFmpeg and Foundation open at their first use is opened now: later they may not.
    static func prepare() {
        _ = Date()
        _ = try? JSONDecoder().decode(ProbeOptions.self, from: JSONEncoder().encode(ProbeOptions()))
        _ = PictureProbe.run(sdp: "v=0\r\n", inlet: PacketInlet(), options: ProbeOptions(deadline: .zero))
    }

    /// Until the gateway closes the socket.
    func run(isConfined: Bool) {
        reply(.ready, 0, [isConfined ? 1 : 0])
        var buffer = ByteBuffer()
        while read(into: &buffer) {
            while let length = buffer.getInteger(at: buffer.readerIndex, as: UInt32.self), length <= DecoderMessage.longest,
                buffer.readableBytes >= 4 + Int(length)
            {
                buffer.moveReaderIndex(forwardBy: 4)
                guard var message = buffer.readSlice(length: Int(length)) else { break }
                take(&message)
            }
            buffer.discardReadBytes()
        }
    }

    private func read(into buffer: inout ByteBuffer) -> Bool {
        let socket = socket
        let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 << 10) { bytes in
            var result = -1
            repeat { result = Glibc.read(socket, bytes.baseAddress, bytes.count) } while result < 0 && errno == EINTR
            return max(0, result)
        }
        return count > 0
    }

    private func take(_ message: inout ByteBuffer) {
        guard let (code, number) = message.readMultipleIntegers(as: (UInt8, UInt32).self),
            let kind = DecoderMessage.Request(rawValue: code)
        else { return }
        switch kind {
        case .open:
            let options = try? JSONDecoder().decode(ProbeOptions.self, from: Data(message.readableBytesView))
            lock.withLock { table[number] = Probe(options: options ?? ProbeOptions()) }
        case .packets: packets(&message, of: number)
        case .describe: look(String(buffer: message), number)
        case .end: end(number)
        case .still: still(message, number)
        }
    }

    private func packets(_ message: inout ByteBuffer, of number: UInt32) {
        guard let inlet = lock.withLock({ table[number]?.inlet }), let arrival = message.readInteger(as: UInt64.self) else {
            return
        }
        // `$`, channel, length, packet.
        while message.readBytes(length: 2) != nil, let length = message.readInteger(as: UInt16.self),
            let bytes = message.readBytes(length: Int(length))
        {
            inlet.push(.init(bytes: bytes, arrivalNanoseconds: arrival))
        }
    }

    private func look(_ sdp: String, _ number: UInt32) {
        let probe = lock.withLock {
            table[number]?.isDescribed = true
            return table[number]
        }
        guard let probe else { return fail(number, "no such probe was begun") }
        probeThreads.start { [self] in
            let findings = PictureProbe.run(sdp: sdp, inlet: probe.inlet, options: probe.options)
            lock.withLock { table[number] = nil }
            guard let json = try? JSONEncoder().encode(findings) else { return fail(number, "the findings cannot be written") }
            reply(.findings, number, [UInt8](json))
        } refused: { [self] error in
            lock.withLock { table[number] = nil }
            fail(number, "\(error)")
        }
    }

    private func end(_ number: UInt32) {
        lock.withLock {
            table[number]?.inlet.close()
            if table[number]?.isDescribed == false { table[number] = nil }
        }
    }

    private func still(_ message: ByteBuffer, _ number: UInt32) {
        guard let (request, sample) = StillRequest.read(message) else { return fail(number, "the request cannot be read") }
        stillThreads.start { [self] in
            do {
                let jpeg = try SnapshotDecoder.jpeg(
                    parameters: request.parameters, sample: sample, maxWidth: request.maxWidth, quality: request.quality)
                reply(.picture, number, jpeg)
            } catch {
                fail(number, "\(error)")
            }
        } refused: { [self] error in
            fail(number, "\(error)")
        }
    }

    private func fail(_ number: UInt32, _ reason: String) { reply(.failed, number, Array(reason.utf8)) }

    private func reply(_ kind: DecoderMessage.Reply, _ number: UInt32, _ content: [UInt8]) {
        let message = DecoderMessage.frame(kind: kind.rawValue, number: number, content: content)
        lock.withLock {
            message.withUnsafeReadableBytes { bytes in
                var sent = 0
                while sent < bytes.count {
                    let count = write(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                    if count < 0, errno == EINTR { continue }
                    // The gateway is gone: the reading side ends the process.
                    guard count > 0 else { return }
                    sent += count
                }
            }
        }
    }
}
