/// Takes AAC access units out of RTP payloads, whole ones in place and fragmented ones put together.
///
/// Bounded: a unit of more than ``largestUnit`` bytes is not carried. Sizes that reach beyond their packet end its reading.
package struct AACReader {
    /// Six channels at the most that AAC allows: 6,144 bits each.
    package static let largestUnit = 6_144
    private static let mostUnits = 64

    private let packing: AACPacking
    /// Pieces of a unit under way, and its whole size where that is known.
    private var gathered: [UInt8] = []
    private var expected: Int?
    private var isGathering = false

    package init(_ packing: AACPacking) { self.packing = packing }

    /// Packets were lost: the unit under way lacks a piece.
    package mutating func abandon() {
        gathered.removeAll(keepingCapacity: true)
        expected = nil
        isGathering = false
    }

    /// - Parameters:
    ///   - payload: of one RTP packet.
    ///   - unit: called for each unit that is whole now, in order, with 1…``largestUnit`` bytes that are valid only meanwhile.
    /// - Returns: `false` if the packet, or part of it, was malformed.
    package mutating func read(_ payload: RawSpan, marker: Bool, unit: (RawSpan) -> Void) -> Bool {
        switch packing {
        case .elementary(let lengths): readElementary(payload, lengths, unit)
        case .latm: readLATM(payload, marker: marker, unit)
        }
    }

    /// RFC 3640 section 3.2.1: length of the AU headers in bits, the headers, the units.
    private mutating func readElementary(_ payload: RawSpan, _ lengths: AACPacking.Lengths, _ unit: (RawSpan) -> Void) -> Bool {
        guard payload.byteCount > 2 else { return fail() }
        let headerBits = Int(payload.uint16(at: 0))
        var start = 2 + (headerBits + 7) / 8
        guard headerBits >= lengths.size + lengths.index, start < payload.byteCount else { return fail() }
        var bit = 16
        var count = 0
        while bit + lengths.size + (count == 0 ? lengths.index : lengths.indexDelta) <= 16 + headerBits, count < Self.mostUnits {
            let size = Self.bits(lengths.size, at: &bit, in: payload)
            // Interleaved units are for storage; no camera sends them.
            guard Self.bits(count == 0 ? lengths.index : lengths.indexDelta, at: &bit, in: payload) == 0 else { return fail() }
            count += 1
            guard size <= payload.byteCount - start else {
                guard count == 1 else { return fail() }
                return gather(payload.extracting(start..<payload.byteCount), of: size, unit)
            }
            abandon()
            if 1...Self.largestUnit ~= size { unit(payload.extracting(start..<start + size)) }
            start += size
        }
        return count > 0
    }

    private mutating func gather(_ piece: RawSpan, of size: Int, _ unit: (RawSpan) -> Void) -> Bool {
        guard size <= Self.largestUnit else { return fail() }
        if isGathering, expected != size { abandon() }
        isGathering = true
        expected = size
        guard gathered.count + piece.byteCount <= size else { return fail() }
        append(piece)
        guard gathered.count == size else { return true }
        unit(gathered.span.bytes)
        abandon()
        return true
    }

    /// RFC 3016 section 4.1: one AudioMuxElement, over one packet or several up to the marker.
    private mutating func readLATM(_ payload: RawSpan, marker: Bool, _ unit: (RawSpan) -> Void) -> Bool {
        if marker, !isGathering { return readElement(payload, unit) }
        isGathering = true
        guard gathered.count + payload.byteCount <= Self.largestUnit + Self.mostUnits else {
            // Until the next marker nothing is whole.
            abandon()
            isGathering = !marker
            return false
        }
        append(payload)
        guard marker else { return true }
        defer { abandon() }
        return readElement(gathered.span.bytes, unit)
    }

    private func readElement(_ element: RawSpan, _ unit: (RawSpan) -> Void) -> Bool {
        var offset = 0
        var size = 0
        while offset < element.byteCount {
            let byte = element.uint8(at: offset)
            size += Int(byte)
            offset += 1
            guard byte == 255 else { break }
        }
        guard 1...Self.largestUnit ~= size, size <= element.byteCount - offset else { return false }
        unit(element.extracting(offset..<offset + size))
        return true
    }

    private mutating func append(_ piece: RawSpan) { piece.withUnsafeBytes { gathered.append(contentsOf: $0) } }

    private mutating func fail() -> Bool {
        abandon()
        return false
    }

    /// - Parameter count: 0…16; the bits lie within the payload.
    private static func bits(_ count: Int, at position: inout Int, in payload: RawSpan) -> Int {
        var value = 0
        for _ in 0..<count {
            let byte = position >> 3 < payload.byteCount ? payload.uint8(at: position >> 3) : 0
            value = value << 1 | Int(byte >> (7 - UInt8(position & 7)) & 1)
            position += 1
        }
        return value
    }
}
