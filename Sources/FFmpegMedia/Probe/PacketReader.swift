import CFFmpeg
import Foundation
import GatewayCore

/// An `AVIOContext` that yields one RTP packet of an inlet a read, as the `sdp` demuxer with custom I/O takes them.
///
/// ## Concurrency model
/// Confined to the probe's thread; the inlet is what other threads push into.
final class PacketReader {
    let context: UnsafeMutablePointer<AVIOContext>
    private let inlet: PacketInlet
    /// After this time every read ends the stream, even if packets wait: garbage never makes a frame, and so never leaves
    /// the demuxer's loop by itself.
    var deadline: MonotonicTime
    private(set) var packets = 0
    private(set) var firstArrival: MonotonicTime?
    /// Of the last packet read.
    private(set) var lastArrival: MonotonicTime?
    /// Of the one before: the last of an access unit, once the first of the next has told the parser so.
    private(set) var previousArrival: MonotonicTime?
    private(set) var end: End?

    enum End { case feedEnded, deadline }

    /// Larger than any packet; libavformat bypasses this buffer for reads, and writes receiver reports into it.
    private static let bufferBytes = 4096

    init(inlet: PacketInlet, deadline: MonotonicTime) throws(FFmpegError) {
        self.inlet = inlet
        self.deadline = deadline
        guard let buffer = av_malloc(Self.bufferBytes) else { throw .noMemory(operation: "allocate packet buffer") }
        let bytes = buffer.assumingMemoryBound(to: UInt8.self)
        // Opened for writing, or libavformat would gather packets into one read and write its reports over them.
        guard let context = avio_alloc_context(bytes, CInt(clamping: Self.bufferBytes), 1, nil, readPacket, dropReport, nil) else {
            av_free(buffer)
            throw .noMemory(operation: "allocate packet reader")
        }
        self.context = context
        context.pointee.seekable = 0
        // Callbacks run only inside calls on this context.
        // SAFETY: self owns the context and frees it in deinit; used on the thread or loop that makes those calls.
        context.pointee.opaque = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        av_freep(&context.pointee.buffer)
        var context: UnsafeMutablePointer<AVIOContext>? = context
        avio_context_free(&context)
    }

    var isPastDeadline: Bool { MonotonicTime.now >= deadline }

    fileprivate func read(into target: UnsafeMutableRawBufferPointer) -> CInt {
        while true {
            let now = MonotonicTime.now
            guard now < deadline else {
                end = .deadline
                return ffmpeg_error_end_of_file()
            }
            let seconds = Double(deadline.nanoseconds - now.nanoseconds) / 1e9
            switch inlet.next(deadline: Date(timeIntervalSinceNow: seconds)) {
            case .packet(let packet):
                // Longer than the demuxer's buffer or shorter than a header: no RTP packet.
                guard packet.bytes.count >= 12, packet.bytes.count <= target.count else { continue }
                packets += 1
                previousArrival = lastArrival
                let arrival = MonotonicTime(nanoseconds: packet.arrivalNanoseconds)
                lastArrival = arrival
                if firstArrival == nil { firstArrival = arrival }
                target.copyBytes(from: packet.bytes)
                return CInt(packet.bytes.count)
            case .ended:
                end = .feedEnded
                return ffmpeg_error_end_of_file()
            case .deadline:
                continue
            }
        }
    }
}

private func readPacket(opaque: UnsafeMutableRawPointer?, bytes: UnsafeMutablePointer<UInt8>?, count: CInt) -> CInt {
    guard let opaque, let bytes, count > 0 else { return ffmpeg_error_end_of_file() }
    // SAFETY: set in PacketReader.init to the reader that owns this context; called on the probe's thread.
    let reader = Unmanaged<PacketReader>.fromOpaque(opaque).takeUnretainedValue()
    return reader.read(into: UnsafeMutableRawBufferPointer(start: bytes, count: Int(count)))
}

/// libavformat answers RTP with receiver reports; the session is the gateway's, which sends its own.
private func dropReport(opaque: UnsafeMutableRawPointer?, bytes: UnsafeMutablePointer<UInt8>?, count: CInt) -> CInt { count }
