/// How AAC access units lie in RTP packets.
package enum AACPacking: Hashable, Sendable {
    /// RFC 3640: sizes in bits of the fields of an AU header.
    package struct Lengths: Hashable, Sendable {
        /// 1…16.
        package let size: Int
        /// 0…8.
        package let index: Int
        /// 0…8.
        package let indexDelta: Int

        package init(size: Int, index: Int, indexDelta: Int) {
            self.size = size
            self.index = index
            self.indexDelta = indexDelta
        }
    }

    case elementary(Lengths)
    /// RFC 3016 with the configuration in the description; the bytes are its StreamMuxConfig.
    case latm(muxConfig: [UInt8])

    /// Of an `a=fmtp:` of MPEG4-GENERIC.
    static func elementary(_ parameters: [String: String]) -> (AudioSpecificConfig, AACPacking)? {
        guard (parameters["mode"] ?? "AAC-hbr").lowercased().hasPrefix("aac-"), let text = parameters["config"],
            let config = bytes(text).flatMap({ AudioSpecificConfig($0) })
        else { return nil }
        // Further fields of an AU header; nobody sends them with AAC.
        let others = [
            "ctsdeltalength", "dtsdeltalength", "randomaccessindication", "streamstateindication", "auxiliarydatasizelength",
        ]
        guard others.allSatisfy({ (parameters[$0].flatMap { Int($0) } ?? 0) == 0 }) else { return nil }
        let isLow = parameters["mode"]?.lowercased() == "aac-lbr"
        let size = parameters["sizelength"].map { Int($0) ?? 0 } ?? (isLow ? 6 : 13)
        let index = parameters["indexlength"].map { Int($0) ?? -1 } ?? (isLow ? 2 : 3)
        let delta = parameters["indexdeltalength"].map { Int($0) ?? -1 } ?? (isLow ? 2 : 3)
        guard 1...16 ~= size, 0...8 ~= index, 0...8 ~= delta else { return nil }
        return (config, .elementary(Lengths(size: size, index: index, indexDelta: delta)))
    }

    /// Of an `a=fmtp:` of MP4A-LATM: one program of one layer, one access unit a frame, described here and not in the packets.
    static func latm(_ parameters: [String: String]) -> (AudioSpecificConfig, AACPacking)? {
        guard parameters["cpresent"] == "0", let muxConfig = parameters["config"].flatMap(bytes),
            4...AudioSpecificConfig.longest ~= muxConfig.count
        else { return nil }
        var reader = BitReader(bytes: muxConfig)
        // audioMuxVersion 0, allStreamsSameTimeFraming, numSubFrames, numProgram, numLayer (ISO/IEC 14496-3, 1.7.3.1)
        guard !reader.bit(), reader.bit(), reader.bits(6) == 0, reader.bits(4) == 0, reader.bits(3) == 0 else { return nil }
        // The configuration begins at bit 15.
        var shifted = BitReader(bytes: muxConfig)
        shifted.skip(15)
        let own = (0..<(muxConfig.count * 8 - 15) / 8).prefix(5).map { _ in UInt8(truncatingIfNeeded: shifted.bits(8)) }
        guard let config = AudioSpecificConfig(&reader, bytes: own) else { return nil }
        // With SBR it is longer than the two bytes of plain AAC-LC.
        guard let exact = AudioSpecificConfig(Array(own.prefix(config.objectType == 2 ? 2 : 5))) else { return nil }
        return (exact, .latm(muxConfig: muxConfig))
    }

    /// Hexadecimal digits, two a byte.
    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0, 2...AudioSpecificConfig.longest * 2 ~= digits.count else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
