import FoundationEssentials

/// A file of H.264 pictures behind start codes (ITU-T H.264 annex B), with one pair of parameter sets.
enum AnnexBFile {
    static func read(_ path: String) throws -> Clip {
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var sets: [UInt8: [UInt8]] = [:]
        var pictures: [Clip.Picture] = []
        var slices: [[UInt8]] = []
        func finish() {
            guard let first = slices.first else { return }
            pictures.append(Clip.Picture(isKey: first[0] & 0x1F == NALUnitType.key, nalUnits: slices))
            slices = []
        }
        for unit in nalUnits(bytes) where unit.count > 1 {
            let type = unit[0] & 0x1F
            switch type {
            case NALUnitType.slice, NALUnitType.key:
                // The first bit of `ue(v)` says whether first_mb_in_slice is zero: a new picture.
                if unit[1] & 0x80 != 0 { finish() }
                slices.append(unit)
            case NALUnitType.sequenceParameterSet, NALUnitType.pictureParameterSet:
                finish()
                sets[type] = unit
            default: finish()
            }
        }
        finish()
        guard let sequence = sets[NALUnitType.sequenceParameterSet], let picture = sets[NALUnitType.pictureParameterSet],
            sequence.count > 3, pictures.first?.isKey == true
        else { throw LoadError("\(path) does not begin with parameter sets and a key picture") }
        return Clip(sequenceParameterSet: sequence, pictureParameterSet: picture, pictures: pictures)
    }

    private static func nalUnits(_ bytes: [UInt8]) -> [[UInt8]] {
        var units: [[UInt8]] = []
        var start: Int?
        var index = 0
        func end(at position: Int) {
            guard let start else { return }
            var end = position
            while end > start, bytes[end - 1] == 0 { end -= 1 }
            if end > start { units.append(Array(bytes[start..<end])) }
        }
        while index + 2 < bytes.count {
            if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
                end(at: index)
                start = index + 3
                index += 3
            } else {
                index += 1
            }
        }
        end(at: bytes.count)
        return units
    }
}
