/// What an AAC decoder must know first (ISO/IEC 14496-3, 1.6.2.1).
package struct AudioSpecificConfig: Hashable, Sendable {
    /// 2 AAC-LC, 5 with SBR (HE-AAC), 29 with parametric stereo.
    package let objectType: Int
    /// Of the core coder, in hertz; 7,350…96,000.
    package let sampleRate: Int
    /// 1…8.
    package let channels: Int
    /// Samples of an access unit at ``sampleRate``: 1,024 or 960.
    package let frameLength: Int
    /// As the camera gave it.
    package let bytes: [UInt8]

    /// Longer ones are malformed.
    static let longest = 64

    private static let rates = [
        96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
    ]

    /// `nil` for anything but AAC-LC, HE-AAC and HE-AACv2 with a layout of channels that has a number.
    package init?(_ bytes: [UInt8]) {
        guard 2...Self.longest ~= bytes.count else { return nil }
        var reader = BitReader(bytes: bytes)
        self.init(&reader, bytes: bytes)
    }

    /// - Parameter bytes: what ``bytes`` shall be where the reader stands within something else.
    init?(_ reader: inout BitReader, bytes: [UInt8]) {
        objectType = Self.objectType(&reader)
        guard let rate = Self.rate(&reader) else { return nil }
        let layout = reader.bits(4)
        var core = objectType
        if objectType == 5 || objectType == 29 {
            guard Self.rate(&reader) != nil else { return nil }
            core = Self.objectType(&reader)
        }
        let isShort = reader.bit()
        // No core coder beside it, no extension of error-resilient kinds.
        guard core == 2, 1...7 ~= layout, !reader.bit(), !reader.bit(), !reader.isExhausted else { return nil }
        sampleRate = rate
        channels = layout == 7 ? 8 : layout
        frameLength = isShort ? 960 : 1_024
        self.bytes = bytes
    }

    /// Of AAC-LC; `nil` for a rate that has no number and for more than two channels.
    package static func lowComplexity(sampleRate: Int, channels: Int) -> Self? {
        guard let rate = rates.firstIndex(of: sampleRate), 1...2 ~= channels else { return nil }
        return Self([UInt8(2 << 3 | rate >> 1), UInt8((rate & 1) << 7 | channels << 3)])
    }

    private static func objectType(_ reader: inout BitReader) -> Int {
        let type = reader.bits(5)
        return type == 31 ? 32 + reader.bits(6) : type
    }

    private static func rate(_ reader: inout BitReader) -> Int? {
        let index = reader.bits(4)
        guard index == 15 else { return index < rates.count ? rates[index] : nil }
        let rate = reader.bits(24)
        return AudioTrack.clockRates ~= rate ? rate : nil
    }
}
