extension ParameterSets {
    /// H.264 section 7.3.2.1.1 with the VUI of section E.1.1.
    package static func h264(sps unit: [UInt8]) -> SequenceParameters? {
        guard unit.count >= 5, unit.count <= longestUnit, unit[0] & 0x9F == 7 else { return nil }
        var reader = BitReader(unit: unit)
        reader.skip(8)
        let profile = reader.bits(8)
        let constraints = reader.bits(8)
        let level = reader.bits(8)
        guard reader.unsigned() <= 31 else { return nil }
        var chroma = 1
        var format = SampleFormat()
        if h264HasChroma.contains(profile) {
            chroma = reader.unsigned()
            guard chroma <= 3 else { return nil }
            format.chroma = UInt8(chroma)
            if chroma == 3, reader.bit() { chroma = 0 }
            guard let (luma, chroma) = sampleDepths(&reader, highest: 6) else { return nil }
            (format.lumaDepth, format.chromaDepth) = (luma, chroma)
            reader.skip(1)
            if reader.bit() { skipScalingLists(&reader, count: chroma == 3 ? 12 : 8) }
        }
        guard reader.unsigned() <= 12, let orderType = skipPictureOrder(&reader) else { return nil }
        let references = reader.unsigned()
        reader.skip(1)
        let columns = reader.unsigned() + 1
        let rows = reader.unsigned() + 1
        let framesOnly = reader.bit()
        if !framesOnly { reader.skip(1) }
        reader.skip(1)
        guard columns <= 1_024, rows <= 1_024, references <= 16 else { return nil }
        let fields = framesOnly ? 1 : 2
        var width = columns * 16
        var height = rows * 16 * fields
        if reader.bit() {
            let stepX = chroma == 1 || chroma == 2 ? 2 : 1
            let stepY = (chroma == 1 ? 2 : 1) * fields
            width -= (reader.unsigned() + reader.unsigned()) * stepX
            height -= (reader.unsigned() + reader.unsigned()) * stepY
        }
        guard sizes.contains(width), sizes.contains(height), !reader.isExhausted else { return nil }
        var parameters = SequenceParameters(
            width: width, height: height, profile: UInt8(profile), constraints: UInt8(constraints), level: UInt8(level),
            format: format)
        let isIntraOnly = constraints & 0x10 != 0 && [44, 100, 110, 122, 244].contains(profile)
        // Baseline has no B slices; one reference picture cannot hold the two between which a picture is reordered.
        if orderType == 2 || profile == 66 || isIntraOnly || references <= 1 { parameters.reorderDepth = 0 }
        if reader.bit() { readVUI(&reader, into: &parameters) }
        return parameters
    }

    private static let h264HasChroma: Set<Int> = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]

    private static func skipScalingLists(_ reader: inout BitReader, count: Int) {
        for list in 0..<count where reader.bit() {
            var last = 8
            var next = 8
            for _ in 0..<(list < 6 ? 16 : 64) where next != 0 {
                next = (last + reader.signed()) & 0xFF
                if next != 0 { last = next }
            }
        }
    }

    /// The picture order count type, 0…2.
    private static func skipPictureOrder(_ reader: inout BitReader) -> Int? {
        let type = reader.unsigned()
        switch type {
        case 0: return reader.unsigned() <= 12 ? type : nil
        case 1:
            reader.skip(1)
            _ = reader.signed()
            _ = reader.signed()
            let cycle = reader.unsigned()
            guard cycle <= 255 else { return nil }
            for _ in 0..<cycle { _ = reader.signed() }
            return type
        case 2: return type
        default: return nil
        }
    }

    /// Takes over only what was read before the end: cameras are met whose VUI is cut short.
    private static func readVUI(_ reader: inout BitReader, into parameters: inout SequenceParameters) {
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
        if reader.bit() {
            let units = reader.bits(32)
            let scale = reader.bits(32)
            reader.skip(1)
            guard !reader.isExhausted else { return }
            parameters.frameRate = frameRate(unitsInTick: units, timeScale: scale, ticksPerFrame: 2)
        }
        let hasNALTiming = reader.bit()
        if hasNALTiming { skipHypotheticalDecoder(&reader) }
        let hasVCLTiming = reader.bit()
        if hasVCLTiming { skipHypotheticalDecoder(&reader) }
        if hasNALTiming || hasVCLTiming { reader.skip(1) }
        reader.skip(1)
        guard reader.bit() else { return }
        reader.skip(1)
        for _ in 0..<4 { _ = reader.unsigned() }
        let depth = reader.unsigned()
        let buffered = reader.unsigned()
        guard !reader.isExhausted, depth <= min(buffered, 16) else { return }
        parameters.reorderDepth = depth
    }

    private static func skipHypotheticalDecoder(_ reader: inout BitReader) {
        let count = reader.unsigned() + 1
        reader.skip(8)
        for _ in 0..<min(count, 32) {
            _ = reader.unsigned()
            _ = reader.unsigned()
            reader.skip(1)
        }
        reader.skip(20)
    }
}
