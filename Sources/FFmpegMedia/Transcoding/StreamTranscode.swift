import CFFmpeg
import Foundation
import GatewayCore

/// Takes a feed's RTP packets and gives its video as H.264. Blocking, until the inlet ends; for a thread of its own.
package enum StreamTranscode {
    /// - Parameters:
    ///   - sdp: the session description; best with the video track only.
    ///   - inlet: RTP packets of the video track. The caller closes it.
    ///   - maxHeight: larger pictures are scaled down to as many lines.
    package static func run(sdp: String, inlet: PacketInlet, maxHeight: Int, output: any PacketOutput) -> StreamEnd {
        do throws(FFmpegError) {
            let reader = try PacketReader(inlet: inlet, deadline: MonotonicTime.now.advanced(by: .seconds(3_600 * 24 * 366)))
            let demuxer = try SessionDemuxer(sdp: sdp, reader: reader)
            guard let stream = demuxer.selectVideo(), let parameters = UnsafePointer(stream.pointee.codecpar) else {
                return StreamEnd(.noVideo, "the session has no video track")
            }
            let base = stream.pointee.time_base
            let transcoder = try VideoTranscoder(parameters: parameters, maxHeight: maxHeight)
            var packetizer = RTPPacketizer(codec: .h264)
            let packet = try Packet()
            var frames: [UInt8] = []
            output.described(codec: .h264, parameterSets: [])
            while demuxer.read(packet) {
                guard packet.pointer.pointee.stream_index == stream.pointee.index else { continue }
                let time = packet.pointer.pointee.pts
                let ticks =
                    time == ffmpeg_no_timestamp() || base.den <= 0
                    ? Int64(clamping: MonotonicTime.now.nanoseconds / 100_000) &* 9
                    : av_rescale_q(time, base, AVRational(num: 1, den: 90_000))
                frames.removeAll(keepingCapacity: true)
                // A damaged picture says nothing of the next.
                var pictures: [VideoTranscoder.Picture] = []
                do throws(FFmpegError) { pictures = try transcoder.transcode(packet, ticks: ticks) } catch {}
                for picture in pictures {
                    packetizer.append(
                        NALUnits.ranges(in: picture.bytes), of: picture.bytes,
                        timestamp: UInt32(truncatingIfNeeded: picture.ticks), to: &frames)
                }
                guard frames.isEmpty || output.send(frames) else { break }
            }
            return StreamEnd(.protocolError, "the stream ended")
        } catch {
            return StreamEnd(.undecodable, "FFmpeg could not \(error.operation): \(error.message)")
        }
    }
}
