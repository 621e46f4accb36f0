extension ParameterSets {
    /// H.265 section 7.3.2.2 with the VUI of section E.2.1.
    package static func h265(sps unit: [UInt8]) -> SequenceParameters? {
        guard unit.count >= 8, unit.count <= longestUnit, unit[0] >> 1 == 33 else { return nil }
        var reader = BitReader(unit: unit)
        reader.skip(16 + 4)
        let layers = reader.bits(3) + 1
        guard layers <= 7 else { return nil }
        let isNested = reader.bit()
        let (tierLevel, level) = readProfile(&reader, layers: layers)
        guard reader.unsigned() <= 15 else { return nil }
        let chroma = reader.unsigned()
        guard chroma <= 3 else { return nil }
        let isSeparate = chroma == 3 && reader.bit()
        var width = reader.unsigned()
        var height = reader.unsigned()
        if reader.bit() {
            let stepX = !isSeparate && (chroma == 1 || chroma == 2) ? 2 : 1
            let stepY = chroma == 1 ? 2 : 1
            width -= (reader.unsigned() + reader.unsigned()) * stepX
            height -= (reader.unsigned() + reader.unsigned()) * stepY
        }
        guard let (lumaDepth, chromaDepth) = sampleDepths(&reader, highest: 8) else { return nil }
        let orderBits = reader.unsigned() + 4
        guard orderBits <= 16 else { return nil }
        var depth = 0
        let saysEach = reader.bit()
        for _ in (saysEach ? 0 : layers - 1)..<layers {
            let buffered = reader.unsigned()
            depth = reader.unsigned()
            _ = reader.unsigned()
            guard depth <= buffered, depth <= 16 else { return nil }
        }
        guard sizes.contains(width), sizes.contains(height), !reader.isExhausted else { return nil }
        var parameters = SequenceParameters(
            width: width, height: height, profile: tierLevel[0] & 0x1F, constraints: tierLevel[1], level: level,
            reorderDepth: depth, format: SampleFormat(chroma: UInt8(chroma), lumaDepth: lumaDepth, chromaDepth: chromaDepth),
            profileTierLevel: tierLevel, temporalLayers: layers, isTemporalIDNested: isNested)
        parameters.frameRate = frameRateBeyondCoding(&reader, chroma: chroma, orderBits: orderBits)
        return parameters
    }

    /// The twelve bytes that hold for the whole stream, and the last of them.
    private static func readProfile(_ reader: inout BitReader, layers: Int) -> (bytes: [UInt8], level: UInt8) {
        let bytes = (0..<12).map { _ in UInt8(truncatingIfNeeded: reader.bits(8)) }
        var present: [(profile: Bool, level: Bool)] = []
        for _ in 0..<(layers - 1) { present.append((reader.bit(), reader.bit())) }
        if layers > 1 { reader.skip((9 - layers) * 2) }
        for layer in present { reader.skip((layer.profile ? 88 : 0) + (layer.level ? 8 : 0)) }
        return (bytes, bytes[11])
    }

    /// Walks over the coding tools to the VUI's timing.
    private static func frameRateBeyondCoding(_ reader: inout BitReader, chroma: Int, orderBits: Int) -> Double? {
        for _ in 0..<6 { _ = reader.unsigned() }
        if reader.bit(), reader.bit() { skipScalingData(&reader) }
        reader.skip(2)
        if reader.bit() {
            reader.skip(8)
            _ = reader.unsigned()
            _ = reader.unsigned()
            reader.skip(1)
        }
        guard skipReferenceSets(&reader) else { return nil }
        if reader.bit() {
            let count = reader.unsigned()
            guard count <= 32 else { return nil }
            reader.skip(count * (orderBits + 1))
        }
        reader.skip(2)
        return reader.bit() ? frameRateOfVUI(&reader) : nil
    }

    private static func frameRateOfVUI(_ reader: inout BitReader) -> Double? {
        if reader.bit(), reader.bits(8) == 255 { reader.skip(32) }
        if reader.bit() { reader.skip(1) }
        if reader.bit() {
            reader.skip(4)
            if reader.bit() { reader.skip(24) }
        }
        if reader.bit() {
            _ = reader.unsigned()
            _ = reader.unsigned()
        }
        reader.skip(3)
        if reader.bit() { for _ in 0..<4 { _ = reader.unsigned() } }
        guard reader.bit() else { return nil }
        let units = reader.bits(32)
        let scale = reader.bits(32)
        return reader.isExhausted ? nil : frameRate(unitsInTick: units, timeScale: scale, ticksPerFrame: 1)
    }

    private static func skipScalingData(_ reader: inout BitReader) {
        for size in 0..<4 {
            for _ in stride(from: 0, to: 6, by: size == 3 ? 3 : 1) {
                guard reader.bit() else {
                    _ = reader.unsigned()
                    continue
                }
                if size > 1 { _ = reader.signed() }
                for _ in 0..<min(64, 1 << (4 + size * 2)) { _ = reader.signed() }
            }
        }
    }

    /// H.265 section 7.3.7. `false` for a set that the standard does not allow.
    private static func skipReferenceSets(_ reader: inout BitReader) -> Bool {
        let count = reader.unsigned()
        guard count <= 64 else { return false }
        var pictures = 0
        for index in 0..<count where !reader.isExhausted {
            if index > 0, reader.bit() {
                reader.skip(1)
                _ = reader.unsigned()
                var kept = 0
                for _ in 0...pictures {
                    let isUsed = reader.bit()
                    if isUsed || reader.bit() { kept += 1 }
                }
                pictures = kept
            } else {
                let before = reader.unsigned()
                let after = reader.unsigned()
                guard before <= 16, after <= 16 else { return false }
                pictures = before + after
                for _ in 0..<pictures {
                    _ = reader.unsigned()
                    reader.skip(1)
                }
            }
        }
        return !reader.isExhausted
    }
}
