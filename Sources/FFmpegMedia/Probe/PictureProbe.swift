import CFFmpeg
import Foundation
import GatewayCore

/// Looks at a feed with FFmpeg: what is it, does it decode, is the picture usable? Blocking: call it on ``MediaThreads``.
///
/// One key frame is decoded, and the next one within the window, to tell a still; the rest is only counted. `avformat_find_stream_info` is left out, since the
/// session description and that key frame say all that it would.
package struct PictureProbe {
    /// A camera whose first key frames do not decode is not tried for ever.
    private static let attempts = 8

    /// - Parameters:
    ///   - sdp: the session description; best with the video track only.
    ///   - inlet: RTP packets of the video track. The caller closes it.
    /// - Returns: by the deadline in any case; it never throws, since whatever goes wrong is what was found.
    package static func run(sdp: String, inlet: PacketInlet, options: ProbeOptions = ProbeOptions()) -> ProbeFindings {
        let called = MonotonicTime.now
        let start = options.startNanoseconds.map(MonotonicTime.init(nanoseconds:)) ?? called
        do throws(FFmpegError) {
            let reader = try PacketReader(inlet: inlet, deadline: called.advanced(by: options.deadline))
            let demuxer: SessionDemuxer
            do throws(FFmpegError) {
                demuxer = try SessionDemuxer(sdp: sdp, reader: reader)
            } catch {
                return ProbeFindings(.noVideo, "FFmpeg cannot read the session description: \(error.message)")
            }
            guard let stream = demuxer.selectVideo() else {
                return ProbeFindings(.noVideo, "The session has no video track.")
            }
            return try look(at: stream, through: demuxer, start: start, options: options)
        } catch {
            return ProbeFindings(.undecodable, "FFmpeg could not \(error.operation): \(error.message)")
        }
    }

    private static func look(
        at stream: UnsafeMutablePointer<AVStream>, through demuxer: SessionDemuxer, start: MonotonicTime, options: ProbeOptions
    ) throws(FFmpegError) -> ProbeFindings {
        guard let parameters = UnsafePointer(stream.pointee.codecpar) else { throw .noMemory(operation: "read session") }
        let codec = String(cString: avcodec_get_name(parameters.pointee.codec_id))
        guard parameters.pointee.codec_id == AV_CODEC_ID_H264 || parameters.pointee.codec_id == AV_CODEC_ID_HEVC else {
            return ProbeFindings(.unsupported, "The gateway does not carry the codec \(codec).")
        }
        let reader = demuxer.reader
        let overall = reader.deadline
        let base = stream.pointee.time_base
        let packet = try Packet()
        var findings = ProbeFindings(.undecodable, "")
        var meter = ProbeMeter()
        var attempts = 0
        var failure: FFmpegError?

        while demuxer.read(packet) {
            guard packet.pointer.pointee.stream_index == stream.pointee.index else { continue }
            let unit = accessUnit(packet, base: base, reader: reader)
            meter.add(unit)
            if unit.isKey, findings.picture == nil, attempts < Self.attempts {
                attempts += 1
                do throws(FFmpegError) {
                    try examine(packet, parameters: parameters, codec: codec, options: options, findings: &findings)
                } catch {
                    failure = error
                }
            } else if unit.isKey, let first = findings.picture, first.motion == nil {
                // One picture that looks like the last probe's may be chance; two key pictures alike are a still.
                findings.picture?.motion = (try? survey(packet, parameters: parameters)).flatMap { first.difference(to: $0) }
            }
            if findings.picture == nil, attempts == Self.attempts { break }
            // Until a key frame decodes the window stays open: the first may have lost a packet.
            if findings.picture != nil, let first = meter.firstKeyFrame {
                reader.deadline = min(overall, first.arrival.advanced(by: options.window))
            }
            if options.endsWithSecondKeyFrame, findings.picture != nil, meter.secondKeyFrame != nil { break }
        }
        conclude(&findings, meter: meter, reader: reader, start: start, failure: failure)
        return findings
    }

    private static func accessUnit(
        _ packet: borrowing Packet, base: AVRational, reader: PacketReader
    ) -> ProbeMeter.AccessUnit {
        let sent = packet.pointer.pointee
        let hasTime = sent.pts != ffmpeg_no_timestamp() && base.den > 0
        // The parser ends an access unit when it sees the next one's first packet, or the end.
        let arrival = reader.end == nil ? reader.previousArrival : reader.lastArrival
        return ProbeMeter.AccessUnit(
            time: hasTime ? Double(sent.pts) * Double(base.num) / Double(base.den) : nil,
            arrival: arrival ?? .now, bytes: Int(sent.size), isKey: sent.flags & AV_PKT_FLAG_KEY != 0)
    }

    /// Opens a decoder for this one picture: 32 that live as long as their windows hold 20 MiB more.
    private static func examine(
        _ packet: borrowing Packet, parameters: UnsafePointer<AVCodecParameters>, codec: String, options: ProbeOptions,
        findings: inout ProbeFindings
    ) throws(FFmpegError) {
        let decoder = try PictureDecoder(parameters: parameters)
        let frame = try decoder.picture(of: packet)
        guard let picture = LumaSurvey.picture(of: frame) else {
            throw .invalidArgument("the picture has no luma plane", operation: "survey picture")
        }
        findings.video = ProbeReport.Video(
            codec: codec, profile: decoder.profile, width: frame.width, height: frame.height, frameRate: nil, bitRateKbps: nil)
        if let width = options.thumbnailWidth {
            findings.thumbnail = Data(try JPEGEncoder.jpeg(of: frame, maxWidth: width, quality: 75))
        }
        findings.picture = picture
    }

    private static func survey(
        _ packet: borrowing Packet, parameters: UnsafePointer<AVCodecParameters>
    ) throws(FFmpegError) -> ProbeReport.Picture? {
        let decoder = try PictureDecoder(parameters: parameters)
        return LumaSurvey.picture(of: try decoder.picture(of: packet))
    }

    private static func conclude(
        _ findings: inout ProbeFindings, meter: ProbeMeter, reader: PacketReader, start: MonotonicTime, failure: FFmpegError?
    ) {
        findings.packets = reader.packets
        findings.timeToFirstPacket = reader.firstArrival?.since(start)
        findings.timeToFirstKeyFrame = meter.firstKeyFrame?.arrival.since(start)
        findings.video?.frameRate = meter.frameRate
        findings.video?.bitRateKbps = meter.bitRateKbps
        if let first = meter.firstKeyFrame {
            findings.gop = meter.gop(window: min(MonotonicTime.now, reader.deadline).since(first.arrival) / .seconds(1))
        }
        let hasEnded = reader.end == .feedEnded
        (findings.outcome, findings.detail) =
            if let video = findings.video, findings.picture != nil {
                (.reachable, "A key frame decoded: \(video.codec) \(video.width)×\(video.height).")
            } else if meter.firstKeyFrame != nil {
                (.undecodable, "Key frames came, but none decoded\(failure.map { ": \($0.message)" } ?? "").")
            } else if meter.skipped > 0 {
                hasEnded
                    ? (.undecodable, "The stream ended after \(meter.skipped) frames without a key frame.")
                    : (.timeout, "No key frame among \(meter.skipped) frames before the deadline.")
            } else if reader.packets > 0 {
                (.noVideo, "\(reader.packets) packets came, but no video in them.")
            } else if hasEnded {
                (.noVideo, "The stream ended before its first packet.")
            } else {
                (.timeout, "No packet came before the deadline.")
            }
    }
}
