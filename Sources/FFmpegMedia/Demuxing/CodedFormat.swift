import GatewayCore

/// How a container holds NAL units, and the parameter sets that it keeps apart from them: an `avcC` (ISO/IEC 14496-15
/// section 5.3.3) or `hvcC` (section 8.3.3) record, or a byte stream with start codes. Pure.
struct CodedFormat: Hashable {
    enum Packing: Hashable {
        case startCodes
        /// Each unit behind its length in 1, 2 or 4 bytes (3 is taken, too).
        case lengths(bytes: Int)
    }

    let codec: VideoCodec
    let packing: Packing
    /// Without start codes; empty where they come in the stream only.
    let parameterSets: [[UInt8]]

    /// - Parameter configuration: what the container says of the codec; empty, a record, or sets behind start codes.
    init(codec: VideoCodec, configuration: [UInt8]) {
        self.codec = codec
        let isRecord = configuration.count >= 7 && configuration[0] == 1
        guard isRecord, let (bytes, sets) = codec == .h264 ? Self.avc(configuration) : Self.hevc(configuration) else {
            packing = .startCodes
            parameterSets = NALUnits.ranges(in: configuration).map { Array(configuration[$0]) }.filter { $0.count > 2 }
            return
        }
        packing = .lengths(bytes: bytes)
        parameterSets = sets
    }

    private static func avc(_ record: [UInt8]) -> (Int, [[UInt8]])? {
        var reader = Reader(bytes: record[5...])
        var sets: [[UInt8]] = []
        for mask in [UInt8(0x1F), 0xFF] {
            guard let count = reader.byte() else { return nil }
            for _ in 0..<(count & mask) {
                guard let set = reader.unit() else { return nil }
                if !set.isEmpty { sets.append(set) }
            }
        }
        return (Int(record[4] & 3) + 1, sets)
    }

    private static func hevc(_ record: [UInt8]) -> (Int, [[UInt8]])? {
        guard record.count >= 23 else { return nil }
        var reader = Reader(bytes: record[22...])
        var sets: [[UInt8]] = []
        for _ in 0..<(reader.byte() ?? 0) {
            guard let type = reader.byte(), let count = reader.count() else { return nil }
            for _ in 0..<count {
                guard let unit = reader.unit() else { return nil }
                if 32...34 ~= type & 0x3F, unit.count > 2 { sets.append(unit) }
            }
        }
        return (Int(record[21] & 3) + 1, sets)
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { bytes.popFirst() }

        mutating func count() -> Int? {
            guard let high = byte(), let low = byte() else { return nil }
            return Int(high) << 8 | Int(low)
        }

        mutating func unit() -> [UInt8]? {
            guard let length = count(), length <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(length) }
            return Array(bytes.prefix(length))
        }
    }

    /// Where the NAL units of an access unit lie, without those that no viewer needs: delimiters, fillers, ends of
    /// sequence. What is cut off in the middle is left out.
    func units(in data: [UInt8]) -> [Range<Int>] {
        let all: [Range<Int>]
        switch packing {
        case .startCodes: all = NALUnits.ranges(in: data)
        case .lengths(let bytes): all = Self.ranges(in: data, lengthBytes: bytes)
        }
        return all.filter { !isIdle(data[$0.lowerBound]) }
    }

    private func isIdle(_ first: UInt8) -> Bool {
        switch codec {
        case .h264: 9...12 ~= first & 0x1F
        case .h265: 35...38 ~= first >> 1 & 0x3F
        }
    }

    private static func ranges(in data: [UInt8], lengthBytes: Int) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var offset = 0
        while offset + lengthBytes <= data.count {
            let length = data[offset..<offset + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
            offset += lengthBytes
            guard length <= data.count - offset else { break }
            if length > 0 { ranges.append(offset..<offset + length) }
            offset += length
        }
        return ranges
    }
}
