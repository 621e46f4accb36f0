import GatewayCore
import NIOCore

/// Turns access units into fragmented MP4 for Media Source Extensions and for footage: an initialization segment, then a
/// `moof` and `mdat` for each sample, at once.
///
/// Each fragment costs 108 bytes besides its sample, 112 if that is a key frame: `moof` (`mfhd`, `traf` with `tfhd`, `tfdt`,
/// `trun`) and the header of `mdat`; there is no `sidx`, `styp` or `mfra`.
///
/// ## Concurrency model
/// Confined to the feed's event loop. It does no I/O and never waits.
package final class Fragmenter {
    private let muxer: MovieMuxer
    /// `ftyp` and `moov`; sample entry `avc1` or `hvc1`.
    package let initSegment: ByteBuffer
    /// `video/mp4; codecs="avc1.640028"`: what `MediaSource.isTypeSupported` takes.
    package let mimeType: String

    /// - Throws: if the parameter sets are missing or libavformat cannot read them.
    package init(parameters: VideoParameters) throws(FFmpegError) {
        guard 1...16_384 ~= parameters.width, 1...16_384 ~= parameters.height else {
            throw .invalidArgument("picture size \(parameters.width)×\(parameters.height)", operation: "open fragmenter")
        }
        let configuration = try DecoderConfiguration(parameters)
        muxer = try MovieMuxer(
            codec: parameters.codec, width: parameters.width, height: parameters.height, extradata: configuration.bytes)
        initSegment = muxer.header
        mimeType = "video/mp4; codecs=\"\(configuration.codecs)\""
    }

    /// The fragment of one sample.
    ///
    /// - Parameters:
    ///   - sample: NAL units of one access unit, each behind its length in 4 bytes.
    ///   - decodeTime: becomes `tfdt`; not negative. It may jump, and need not be the sum of the durations before it.
    ///   - duration: clamped to 1…2³¹−1 ticks.
    /// - Throws: if the sample is empty or the time negative; after any other error the fragmenter is of no more use.
    package func fragment(
        sample: ByteBuffer, isKey: Bool, decodeTime: MediaTime, duration: MediaTime
    ) throws(FFmpegError) -> ByteBuffer {
        guard let time = UInt64(exactly: decodeTime.ticks) else {
            throw .invalidArgument("decode time \(decodeTime.ticks) is negative", operation: "mux sample")
        }
        let ticks = min(max(duration.ticks, 1), Int64(Int32.max))
        let muxed = sample.withUnsafeReadableBytes { bytes -> Result<ByteBuffer, FFmpegError> in
            do throws(FFmpegError) {
                return .success(try muxer.fragment(sample: bytes, isKey: isKey, duration: ticks))
            } catch {
                return .failure(error)
            }
        }
        var fragment = try muxed.get()
        // Left alone, movenc keeps tfdt equal to the sum of durations and so drifts from media time with each jitter and hole;
        // its frag_discont flag would not do: 5.1 compares a sample's time with that sum before it looks at the flag.
        guard let tfdt = MovieBox.first("moof", "traf", "tfdt", in: fragment), tfdt.range.count == 20,
            fragment.getInteger(at: tfdt.content.lowerBound, as: UInt8.self) == 1
        else { throw .invalidArgument("libavformat wrote no 64-bit tfdt", operation: "mux sample") }
        fragment.setInteger(time, at: tfdt.content.lowerBound + 4)
        return fragment
    }
}
