/// A video codec that the gateway carries without touching it.
package enum VideoCodec: String, Sendable, Hashable, Codable, CaseIterable {
    case h264
    case h265
}

/// What a decoder must know before the first picture.
package struct VideoParameters: Sendable, Hashable {
    package let codec: VideoCodec
    /// NAL units without start code or length, in decoding order: VPS (H.265 only), SPS, PPS.
    package let parameterSets: [[UInt8]]
    /// Picture size in luma samples after cropping; each 1…16,384.
    package let width: Int
    package let height: Int

    package init(codec: VideoCodec, parameterSets: [[UInt8]], width: Int, height: Int) {
        self.codec = codec
        self.parameterSets = parameterSets
        self.width = width
        self.height = height
    }
}
