import CFFmpeg
import GatewayCore

/// The video of a pulled stream on its way to RTP packets.
struct Track {
    private enum Kind {
        case passed(CodedFormat, configuration: [UInt8])
        case encoded(VideoTranscoder)
    }

    private var kind: Kind
    private var packetizer: RTPPacketizer
    /// To be put before the next picture: the container's parameter sets changed.
    private var fresh: [[UInt8]] = []
    private var frames: [UInt8] = []

    var isJPEG: Bool { if case .encoded = kind { true } else { false } }

    init(_ parameters: UnsafePointer<AVCodecParameters>, output: any PacketOutput) throws(StreamEnd) {
        switch parameters.pointee.codec_id {
        case AV_CODEC_ID_H264, AV_CODEC_ID_HEVC:
            let codec = parameters.pointee.codec_id == AV_CODEC_ID_H264 ? VideoCodec.h264 : .h265
            let configuration = parameters.configuration
            let format = CodedFormat(codec: codec, configuration: configuration)
            kind = .passed(format, configuration: configuration)
            packetizer = RTPPacketizer(codec: codec)
            output.described(codec: codec, parameterSets: format.parameterSets)
        case AV_CODEC_ID_MJPEG:
            do throws(FFmpegError) {
                kind = .encoded(try VideoTranscoder(parameters: parameters, maxHeight: StreamPull.maxHeight))
            } catch {
                throw StreamEnd(.undecodable, "\(error)")
            }
            packetizer = RTPPacketizer(codec: .h264)
            output.described(codec: .h264, parameterSets: [])
        default:
            let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
            throw StreamEnd(.unsupported, "the gateway does not carry the codec \(name)")
        }
    }

    /// `false` if the output takes no more.
    ///
    /// - Parameter ticks: presentation time at 90 kHz; `nil` where the container has none.
    mutating func send(
        _ packet: borrowing Packet, parameters: UnsafePointer<AVCodecParameters>, ticks: Int64?, output: any PacketOutput
    ) throws(StreamEnd) -> Bool {
        frames.removeAll(keepingCapacity: true)
        let now = Int64(clamping: MonotonicTime.now.nanoseconds / 100_000) &* 9
        switch kind {
        case .passed(let format, let configuration):
            let data = packet.bytes
            if let changed = packet.newConfiguration ?? parameters.configuration(unlike: configuration) {
                let next = CodedFormat(codec: format.codec, configuration: changed)
                kind = .passed(next, configuration: changed)
                fresh = next.parameterSets
                return try send(packet, by: next, data, ticks ?? now, output)
            }
            return try send(packet, by: format, data, ticks ?? now, output)
        case .encoded(let transcoder):
            // A JPEG stream has no clock of its own: a picture is as old as its arrival.
            var encoded: [VideoTranscoder.Picture] = []
            // A damaged picture says nothing of the next.
            do throws(FFmpegError) { encoded = try transcoder.transcode(packet, ticks: now) } catch {}
            for picture in encoded {
                packetizer.append(
                    NALUnits.ranges(in: picture.bytes), of: picture.bytes, timestamp: UInt32(truncatingIfNeeded: picture.ticks),
                    to: &frames)
            }
            return frames.isEmpty || output.send(frames)
        }
    }

    private mutating func send(
        _ packet: borrowing Packet, by format: CodedFormat, _ data: [UInt8], _ ticks: Int64, _ output: any PacketOutput
    ) throws(StreamEnd) -> Bool {
        let timestamp = UInt32(truncatingIfNeeded: ticks)
        let units = format.units(in: data)
        guard !units.isEmpty else { return true }
        for set in fresh { packetizer.append([0..<set.count], of: set, timestamp: timestamp, marker: false, to: &frames) }
        fresh = []
        packetizer.append(units, of: data, timestamp: timestamp, to: &frames)
        return frames.isEmpty || output.send(frames)
    }
}

extension Packet {
    var bytes: [UInt8] {
        guard let data = pointer.pointee.data, pointer.pointee.size > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(pointer.pointee.size)))
    }

    /// The codec's configuration, where the container changed it with this packet.
    var newConfiguration: [UInt8]? {
        var size = 0
        guard let data = av_packet_get_side_data(pointer, AV_PKT_DATA_NEW_EXTRADATA, &size), size > 0 else { return nil }
        return Array(UnsafeBufferPointer(start: data, count: size))
    }
}

extension UnsafePointer<AVCodecParameters> {
    var configuration: [UInt8] {
        guard let data = pointee.extradata, pointee.extradata_size > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: data, count: Int(pointee.extradata_size)))
    }

    /// `nil` if it is still this one.
    func configuration(unlike known: [UInt8]) -> [UInt8]? {
        guard let data = pointee.extradata, pointee.extradata_size > 0 else { return nil }
        let bytes = UnsafeBufferPointer(start: data, count: Int(pointee.extradata_size))
        return bytes.elementsEqual(known) ? nil : Array(bytes)
    }
}
