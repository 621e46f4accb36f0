import GatewayCore
import NIOCore
import RTSP

/// Cameras that put several NAL units with start codes between them where RTP has room for one: parameter sets and a key
/// picture as one "unit", in a single packet or in fragments whose header names the first of them.
extension AccessUnitAssembler {
    /// What is known of how a session's camera packs, and of the fragmented unit under way.
    ///
    /// Units that are no slices are small and rare, and always looked through. Slices are looked through until a whole key
    /// picture had no start code in it, and for good if one had.
    struct Packing {
        /// Payload of the largest packet made here.
        static let largestPayload = 1_400

        private(set) var looksIntoSlices = true
        private var hasFound = false
        private(set) var isInFragment = false
        /// Bytes of a unit other than a slice, or of any once start codes were found, put together from its fragments.
        var gathered: ByteBuffer?
        /// Zeros at the end of the last piece that was looked through, at most two.
        private var zeros = 0

        /// `false` for a piece of a unit whose beginning is missing.
        mutating func fragment(starts: Bool, ends: Bool) -> Bool {
            let isWhole = starts || isInFragment
            isInFragment = isWhole && !ends
            return isWhole
        }

        mutating func abandon() {
            isInFragment = false
            gathered = nil
            zeros = 0
        }

        mutating func found() {
            hasFound = true
            looksIntoSlices = true
        }

        mutating func unitEnded(isKey: Bool) {
            abandon()
            if isKey, !hasFound { looksIntoSlices = false }
        }
    }

    /// Whether the packet must be unpacked: it holds a start code, or it is a piece of a unit that may.
    mutating func holdsStartCode(_ payload: RawSpan, _ content: VideoPayload) -> Bool {
        switch content {
        case .single(let kind):
            guard packing.looksIntoSlices || !kind.contains(.slice) else { return false }
            return StartCode.find(in: payload) != nil
        case .aggregate: return false
        case .fragment(let kind, let starts, _, _):
            guard packing.looksIntoSlices || !kind.contains(.slice) else { return false }
            return starts || packing.gathered != nil
        }
    }

    /// Takes the NAL units out of what is no proper payload, and packs each for itself.
    mutating func unpack(_ payload: RawSpan, _ content: VideoPayload, marker: Bool) {
        guard case .fragment(_, let starts, let ends, let offset) = content else {
            packing.found()
            return emit(payload, marker: marker)
        }
        if !packing.fragment(starts: starts, ends: ends) { open?.isDamaged = true }
        if starts {
            var buffer = ByteBufferAllocator().buffer(capacity: 16 << 10)
            if let (first, second) = VideoPayload.header(ofFragment: payload, codec: codec) {
                buffer.writeInteger(first)
                if let second { buffer.writeInteger(second) }
            }
            packing.gathered = buffer
        }
        guard var gathered = packing.gathered.take() else { return }
        // The bound of the unit is the bound of its pieces.
        if hasRoom(for: gathered.readableBytes + payload.byteCount) {
            gathered.writeBytes(payload.extracting(offset..<payload.byteCount))
        }
        guard ends || marker else {
            packing.gathered = gathered
            return
        }
        emit(gathered.readableBytesSpan, marker: marker)
    }

    private mutating func emit(_ bytes: RawSpan, marker: Bool) {
        let units = StartCode.units(in: bytes)
        if units.count > 1 {
            packing.found()
            unpackedUnits += units.count
        }
        for (index, range) in units.enumerated() { emit(unit: bytes.extracting(range), marker: marker && index == units.count - 1) }
    }

    private mutating func emit(unit: RawSpan, marker: Bool) {
        let headerLength = codec == .h264 ? 1 : 2
        guard unit.byteCount > headerLength else { return }
        let kind = NALUnitKind(codec, firstByte: unit.uint8(at: 0))
        if kind.contains(.supplement) { noteSupplement(unit) }
        parameterSets.note(unit: unit)
        beginPicture(unit, kind, dataStart: headerLength)
        open?.kinds.formUnion(kind)
        guard let open, hasRoom(for: unit.byteCount + unit.byteCount / Packing.largestPayload * 20 + 20) else { return }
        guard unit.byteCount > Packing.largestPayload else {
            writeHeader(of: open, payloadLength: unit.byteCount, marker: marker)
            memory.append(unit)
            return
        }
        var start = headerLength
        while start < unit.byteCount {
            let end = min(start + Packing.largestPayload - 3, unit.byteCount)
            writeHeader(
                of: open, payloadLength: headerLength + 1 + end - start, marker: marker && end == unit.byteCount)
            writeFragmentHeader(unit, flags: (start == headerLength ? 0x80 : 0) | (end == unit.byteCount ? 0x40 : 0))
            memory.append(unit.extracting(start..<end))
            start = end
        }
    }

    /// FU-A (RFC 6184 section 5.8) or FU (RFC 7798 section 4.4.3).
    private mutating func writeFragmentHeader(_ unit: RawSpan, flags: UInt8) {
        let first = unit.uint8(at: 0)
        switch codec {
        case .h264: memory.append(first & 0xE0 | 28, flags | first & 0x1F)
        case .h265: memory.append(first & 0x81 | 49 << 1, unit.uint8(at: 1), flags | first >> 1 & 0x3F)
        }
    }
}
