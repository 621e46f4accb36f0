import CFFmpeg
import Foundation
import GatewayCore

/// libavformat on an address: RTMP, HTTP-FLV, HLS, MJPEG over HTTP.
///
/// It opens connections by libc's calls; in `lookout-demuxer` those are the gateway's.
///
/// ## Concurrency model
/// Confined to one thread. Every call ends by ``deadline``, which libavformat's interrupt callback looks at.
final class NetworkDemuxer {
    /// A time after which whatever blocks gives up.
    final class Deadline {
        var time: MonotonicTime
        init(_ time: MonotonicTime) { self.time = time }
        var isPast: Bool { MonotonicTime.now >= time }
    }

    /// Nothing that reads what is not a stream: no `file`, `concat`, `data`, `crypto`, `subfile`, nor a list of images.
    private static let formats =
        "flv,live_flv,hls,mpegts,mpjpeg,mjpeg,jpeg_pipe,mov,mp4,aac,mp3,h264,hevc,webvtt"

    let deadline: Deadline
    private let context: UnsafeMutablePointer<AVFormatContext>

    /// What libavformat may speak at this address: the scheme's own protocol and those below it.
    static func protocols(of scheme: Substring) -> String? {
        switch scheme {
        case "rtmp": "rtmp,tcp"
        case "rtmps": "rtmps,tls,tcp"
        // A playlist or redirect of the one may lead to the other.
        case "http", "https": "http,https,tls,tcp"
        default: nil
        }
    }

    /// Where the address says it. By the name of a picture libavformat would take the address for a pattern of file names.
    private static func format(of address: String, scheme: Substring) -> String? {
        if scheme.hasPrefix("rtmp") { return "flv" }
        let path = address.prefix { $0 != "?" }.lowercased()
        return path.hasSuffix(".jpg") || path.hasSuffix(".jpeg") ? "jpeg_pipe" : nil
    }

    /// - Parameter address: with its credentials, if it has any.
    init(_ address: String, deadline: Deadline) throws(FFmpegError) {
        FFmpegLog.silence()
        self.deadline = deadline
        let scheme = address.prefix { $0 != ":" }
        guard let protocols = Self.protocols(of: scheme) else {
            throw FFmpegError(code: ffmpeg_error_protocol_not_found(), operation: "open stream")
        }
        var options = try Options([
            "protocol_whitelist": protocols, "format_whitelist": Self.formats, "fflags": "nobuffer", "max_streams": "16",
            "probesize": "262144", "user_agent": "Lookout", "rw_timeout": "8000000", "http_multiple": "0",
            // A segment that is gone is not asked for again.
            "max_reload": "8", "m3u8_hold_counters": "8",
        ])
        if scheme.hasPrefix("rtmp") { try check(av_dict_set(&options.pointer, "rtmp_live", "live", 0), "set option") }
        let made = try allocated(avformat_alloc_context(), "open stream")
        // SAFETY: self keeps the deadline until the context is closed in deinit; called on the demuxer's thread.
        let opaque = Unmanaged.passUnretained(deadline).toOpaque()
        made.pointee.interrupt_callback = AVIOInterruptCB(callback: isInterrupted, opaque: opaque)
        var opened: UnsafeMutablePointer<AVFormatContext>? = made
        let format = Self.format(of: address, scheme: scheme).flatMap { av_find_input_format($0) }
        // On failure libavformat frees the context.
        try check(avformat_open_input(&opened, address, format, &options.pointer), "open stream")
        context = made
    }

    deinit {
        var context: UnsafeMutablePointer<AVFormatContext>? = context
        avformat_close_input(&context)
    }

    /// libavformat's name of the format: `flv`, `hls`, `mpjpeg`, …
    var format: String { context.pointee.iformat.map { String(cString: $0.pointee.name) } ?? "" }

    /// The next packet of whatever stream.
    func read(_ packet: borrowing Packet) throws(FFmpegError) {
        av_packet_unref(packet.pointer)
        try check(av_read_frame(context, packet.pointer), "read stream")
    }

    /// The stream of a packet; those that are no video are read no further.
    func video(_ packet: borrowing Packet, first: CInt?) -> UnsafeMutablePointer<AVStream>? {
        let index = packet.pointer.pointee.stream_index
        guard index >= 0, index < CInt(clamping: context.pointee.nb_streams), let stream = context.pointee.streams[Int(index)]
        else { return nil }
        let isVideo = stream.pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
        guard isVideo, first ?? index == index else {
            stream.pointee.discard = AVDISCARD_ALL
            return nil
        }
        return stream
    }
}

private func isInterrupted(opaque: UnsafeMutableRawPointer?) -> CInt {
    guard let opaque else { return 0 }
    // SAFETY: set in NetworkDemuxer.init to a deadline that the demuxer keeps; called on the demuxer's thread.
    return Unmanaged<NetworkDemuxer.Deadline>.fromOpaque(opaque).takeUnretainedValue().isPast ? 1 : 0
}
