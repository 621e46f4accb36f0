import CDial
import DecoderProcess
import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore

/// Takes the job and its packets from the gateway's socket; a thread of its own does it.
///
/// ## Concurrency model
/// There are no tasks here: Swift's pool opens files of /proc as it grows, and the kernel would not let it. The main
/// thread reads the socket, and ends the process with it. Only the thread `demux-0` writes.
final class DemuxerService {
    private let socket: CInt
    private let descriptors: CInt
    private let threads = MediaThreads(name: "demux", count: 1)
    private let inlet = PacketInlet()
    private var jobBytes: [UInt8] = []

    init(socket: CInt, descriptors: CInt) {
        self.socket = socket
        self.descriptors = descriptors
    }

    /// Whatever FFmpeg and Foundation open at their first use is opened now: later they may not.
    static func prepare() {
        _ = Date()
        let job = DemuxerJob.transcode(sdp: "v=0\r\n", maxHeight: 64)
        _ = try? JSONDecoder().decode(DemuxerJob.self, from: JSONEncoder().encode(job))
        StreamPull.prepare()
        SoundTranscode.prepare()
        let inlet = PacketInlet()
        inlet.close()
        _ = StreamTranscode.run(sdp: "v=0\r\n", inlet: inlet, maxHeight: 64, output: SocketOutput(socket: -1))
    }

    /// Until the gateway closes the socket.
    func run() {
        // No answer to a request for a connection within this time is none; the gateway gives up before.
        var patience = timeval(tv_sec: 7, tv_usec: 0)
        setsockopt(descriptors, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        dial_arm(descriptors, requestConnection)
        var buffer = ByteBuffer()
        while read(into: &buffer) {
            while let (mark, code, length) = buffer.getMultipleIntegers(
                at: buffer.readerIndex, as: (UInt8, UInt8, UInt16).self),
                buffer.readableBytes >= DemuxerMessage.headLength + Int(length)
            {
                guard mark == UInt8(ascii: "$") else { return }
                buffer.moveReaderIndex(forwardBy: DemuxerMessage.headLength)
                guard let content = buffer.readBytes(length: Int(length)) else { return }
                take(content, on: DemuxerMessage.Channel(rawValue: code))
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

    private func take(_ content: [UInt8], on channel: DemuxerMessage.Channel?) {
        switch channel {
        case .packet:
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            let arrival = UInt64(clamping: now.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: now.tv_nsec)
            inlet.push(.init(bytes: content, arrivalNanoseconds: arrival))
        case .job where !content.isEmpty:
            jobBytes += content
        case .job:
            guard let job = try? JSONDecoder().decode(DemuxerJob.self, from: Data(jobBytes)) else { return }
            start(job)
        case .video, .dial, .end, nil:
            break
        }
    }

    private func start(_ job: DemuxerJob) {
        let output = SocketOutput(socket: socket)
        let inlet = inlet
        threads.start {
            let end =
                switch job {
                case .pull(let address): StreamPull.run(address: address, output: output)
                case .transcode(let sdp, let maxHeight):
                    StreamTranscode.run(sdp: sdp, inlet: inlet, maxHeight: maxHeight, output: output)
                case .sound(let law, let sampleRate, let channels):
                    SoundTranscode.run(law, sampleRate: sampleRate, channels: channels, inlet: inlet, output: output)
                }
            output.end(DemuxerEnd(end.outcome, end.message))
        } refused: { error in
            output.end(DemuxerEnd(.unsupported, "\(error)"))
        }
    }
}

/// Called by `connect` on the thread that reads the stream: the one that writes the socket, too.
private let requestConnection: @convention(c) (UnsafePointer<CChar>?, UInt16) -> Void = { host, port in
    guard let host else { return }
    SocketOutput(socket: 0).dial(DialRequest(host: String(cString: host), port: port))
}
