import CFFmpeg
import Foundation
import GatewayCore

/// Pulls a stream that is not RTSP and gives its video as RTP. Blocking, until the stream ends; for a thread of its own.
///
/// H.264 and H.265 are passed on as they are. JPEG pictures, which no browser plays as video and no recording holds, are
/// encoded as H.264.
package struct StreamPull {
    /// From the first call to the first picture.
    private static let openTime: Duration = .seconds(9)
    /// A segment of an HLS stream may be as long.
    private static let readTime: Duration = .seconds(15)
    /// How long other tracks may come before the first video.
    private static let searchTime: Duration = .seconds(6)
    static let maxHeight = 720

    private let address: String
    private unowned let output: any PacketOutput
    private let deadline: NetworkDemuxer.Deadline
    private var track: Track?
    private var videoIndex: CInt?
    private var pacing: Pacing?

    /// Everything that libavformat opens at its first use is opened now: later it may not.
    package static func prepare() {
        FFmpegLog.silence()
        avformat_network_init()
        VideoTranscoder.prepare()
    }

    /// - Parameter address: with its credentials, if it has any.
    package static func run(address: String, output: any PacketOutput) -> StreamEnd {
        var pull = StreamPull(address: address, output: output)
        do throws(StreamEnd) {
            // An address that answers with one JPEG picture is asked each second.
            while try pull.connection() == .still {
                pull.deadline.time = .now.advanced(by: openTime)
                usleep(900_000)
            }
            return StreamEnd(.protocolError, "the stream ended")
        } catch {
            return error
        }
    }

    private init(address: String, output: any PacketOutput) {
        self.address = address
        self.output = output
        deadline = NetworkDemuxer.Deadline(.now.advanced(by: Self.openTime))
    }

    private static func packet() throws(StreamEnd) -> Packet {
        do throws(FFmpegError) { return try Packet() } catch { throw StreamFailure.end(of: error, isLate: false) }
    }

    private enum End { case stream, still }

    /// One connection, from opening to its end.
    private mutating func connection() throws(StreamEnd) -> End {
        let packet = try Self.packet()
        let demuxer: NetworkDemuxer
        do throws(FFmpegError) {
            demuxer = try NetworkDemuxer(address, deadline: deadline)
        } catch {
            throw StreamFailure.end(of: error, isLate: deadline.isPast)
        }
        if demuxer.format.hasPrefix("hls") { pacing = pacing ?? Pacing() }
        let start = MonotonicTime.now
        var pictures = 0
        videoIndex = nil
        while true {
            do throws(FFmpegError) {
                try demuxer.read(packet)
            } catch {
                guard error.code == ffmpeg_error_end_of_file() else { throw StreamFailure.end(of: error, isLate: deadline.isPast) }
                if pictures == 1, track?.isJPEG == true { return .still }
                guard track != nil else { throw StreamEnd(.noVideo, "the stream ended before its first picture") }
                return .stream
            }
            guard let stream = demuxer.video(packet, first: videoIndex) else {
                guard pictures > 0 || MonotonicTime.now.since(start) < Self.searchTime else {
                    throw StreamEnd(.noVideo, "the stream has no video")
                }
                continue
            }
            videoIndex = packet.pointer.pointee.stream_index
            try take(packet, of: stream)
            pictures += 1
            deadline.time = .now.advanced(by: Self.readTime)
        }
    }

    private mutating func take(_ packet: borrowing Packet, of stream: UnsafeMutablePointer<AVStream>) throws(StreamEnd) {
        let base = stream.pointee.time_base
        let pace = ticks(packet.pointer.pointee.dts, base) ?? ticks(packet.pointer.pointee.pts, base)
        if let pace, let wait = pacing?.wait(for: pace, now: .now), wait > .zero {
            usleep(UInt32(clamping: Int64(wait / .microseconds(1))))
        }
        if track == nil { track = try Track(stream.pointee.codecpar, output: output) }
        let time = ticks(packet.pointer.pointee.pts, base) ?? pace
        guard try track?.send(packet, parameters: stream.pointee.codecpar, ticks: time, output: output) ?? false else {
            throw StreamEnd(.timeout, "nobody takes the stream")
        }
    }

    private func ticks(_ time: Int64, _ base: AVRational) -> Int64? {
        guard time != ffmpeg_no_timestamp(), base.num > 0, base.den > 0 else { return nil }
        return av_rescale_q(time, base, AVRational(num: 1, den: 90_000))
    }
}
