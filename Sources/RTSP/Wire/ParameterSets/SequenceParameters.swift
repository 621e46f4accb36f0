/// What a sequence parameter set says of the pictures.
package struct SequenceParameters: Hashable, Sendable {
    /// Luma samples after cropping; each 1…16,384.
    package var width: Int
    package var height: Int
    /// `profile_idc`, `general_profile_idc`.
    package var profile: UInt8
    /// H.264: the byte of constraint flags. H.265: the first byte of the compatibility flags.
    package var constraints: UInt8
    /// H.264: ten times the level. H.265: thirty times.
    package var level: UInt8
    /// How many pictures may precede one in decoding order and follow it in output order: 0 means that decoding order is
    /// output order. Declared, or certain from profile, picture order count type or number of references. `nil`: the set
    /// does not say, and pictures may be reordered; then time stamps that go backwards tell.
    package var reorderDepth: Int?
    /// Frames a second as the VUI promises, which cameras often break; `nil` where it says nothing usable.
    package var frameRate: Double?
    package var format = SampleFormat()
    /// H.265 only: `profile_tier_level` of the whole stream, 12 bytes from the profile space to the level, without emulation
    /// prevention.
    package var profileTierLevel: [UInt8] = []
    /// H.265 only: 1…7.
    package var temporalLayers = 1
    package var isTemporalIDNested = false
}

/// How the samples of a picture are stored.
package struct SampleFormat: Hashable, Sendable {
    /// `chroma_format_idc`: 0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    package var chroma: UInt8 = 1
    /// Bits a sample, 8…16.
    package var lumaDepth: UInt8 = 8
    package var chromaDepth: UInt8 = 8
}

/// Reads sequence parameter sets. Input is a whole NAL unit with its header and emulation prevention, no start code.
/// Truncated, malformed and out-of-range sets give `nil`; no input traps.
package enum ParameterSets {
    static let longestUnit = 8_192
    static let sizes = 1...16_384

    /// Bits of luma and chroma samples; `nil` above 8 + `highest`.
    static func sampleDepths(_ reader: inout BitReader, highest: Int) -> (luma: UInt8, chroma: UInt8)? {
        let (luma, chroma) = (reader.unsigned(), reader.unsigned())
        guard luma <= highest, chroma <= highest else { return nil }
        return (UInt8(8 + luma), UInt8(8 + chroma))
    }

    static func frameRate(unitsInTick: Int, timeScale: Int, ticksPerFrame: Int) -> Double? {
        guard unitsInTick > 0, timeScale > 0 else { return nil }
        let rate = Double(timeScale) / Double(unitsInTick) / Double(ticksPerFrame)
        return (0.01...1_000).contains(rate) ? rate : nil
    }
}
