import GatewayCore

/// Finds how much of a fragmented MP4 file is whole, after a writer died in the middle.
///
/// Walks box headers only (ISO/IEC 14496-12: `size u32, type u32`, size 1 = 64 bits follow) and reads the small `moof` boxes
/// for their times; pictures are not read. A box that is cut, has an impossible size or an unknown type where a fragment
/// must begin ends the playable part. Pure: bytes come from `read`.
package struct FragmentScanner {
    /// Longest `moof` that is looked into; ours are under 200 bytes.
    static let longestMoof = 1 << 16

    /// The whole part of a file.
    package struct Playable: Sendable, Hashable {
        /// Bytes up to the end of the last whole `moof`+`mdat` pair, or of the init segment, or 0.
        package var bytes: Int64
        /// End of the last whole fragment in the file's media time; `nil` if there is none from where the scan began.
        package var mediaEnd: MediaTime?
        package var fragments: Int
    }

    private let size: Int64
    private let read: (_ offset: Int64, _ count: Int) -> [UInt8]

    /// - Parameters:
    ///   - size: the file's length in bytes.
    ///   - read: bytes of the file; fewer than asked at its end or on an error.
    package init(size: Int64, read: @escaping (_ offset: Int64, _ count: Int) -> [UInt8]) {
        self.size = size
        self.read = read
    }

    /// - Parameter start: a place where a box begins: 0, or the offset of a GOP mark.
    package func playable(from start: Int64 = 0) -> Playable {
        var result = Playable(bytes: 0, mediaEnd: nil, fragments: 0)
        guard start >= 0, start <= size else { return result }
        if start > 0 { result.bytes = start }
        var offset = start
        var moof: (end: Int64, mediaEnd: MediaTime?)?
        while let box = box(at: offset) {
            let end = offset + box.size
            switch box.type {
            case "ftyp", "moov", "styp", "sidx", "free", "skip", "prft", "emsg":
                guard moof == nil else { return result }
                if box.type == "moov" { result.bytes = end }
            case "moof":
                guard moof == nil else { return result }
                moof = (end, mediaEnd(of: offset, size: box.size))
            case "mdat":
                guard let pending = moof, pending.end == offset else { return result }
                moof = nil
                result.bytes = end
                result.mediaEnd = pending.mediaEnd ?? result.mediaEnd
                result.fragments += 1
            default: return result
            }
            offset = end
        }
        return result
    }

    private struct Box {
        let type: String
        let size: Int64
        let headerSize: Int64
    }

    private func box(at offset: Int64) -> Box? {
        guard size - offset >= 8 else { return nil }
        let header = read(offset, 16)
        guard let box = Self.box(header[...]), offset.addingReportingOverflow(box.size).overflow == false,
            offset + box.size <= size
        else { return nil }
        return box
    }

    private static func box(_ bytes: ArraySlice<UInt8>) -> Box? {
        guard let size = bytes.bigEndian(4, at: 0), let type = bytes.bigEndian(4, at: 4) else { return nil }
        let name = String(decoding: (0..<4).map { UInt8(truncatingIfNeeded: type >> UInt64(24 - $0 * 8)) }, as: UTF8.self)
        if size == 1 {
            guard let large = bytes.bigEndian(8, at: 8), large >= 16, let length = Int64(exactly: large) else { return nil }
            return Box(type: name, size: length, headerSize: 16)
        }
        // Size 0 (to the end of the file) never comes from our writer; a hole that a power cut left reads as 0 too.
        guard size >= 8 else { return nil }
        return Box(type: name, size: Int64(size), headerSize: 8)
    }

    /// `tfdt` plus the durations of the fragment's samples; `nil` if the box does not say.
    private func mediaEnd(of offset: Int64, size: Int64) -> MediaTime? {
        guard size <= Int64(Self.longestMoof) else { return nil }
        let bytes = read(offset, Int(size))
        guard bytes.count == Int(size), let traf = Self.child("traf", of: bytes[8...]) else { return nil }
        guard let tfdt = Self.child("tfdt", of: traf), let version = tfdt.bigEndian(1, at: 0),
            let start = version == 1 ? tfdt.bigEndian(8, at: 4) : tfdt.bigEndian(4, at: 4), let begin = Int64(exactly: start)
        else { return nil }
        guard let trun = Self.child("trun", of: traf), let flags = trun.bigEndian(4, at: 0), let count = trun.bigEndian(4, at: 4)
        else { return MediaTime(ticks: begin) }
        var duration: UInt64 = 0
        if flags & 0x100 != 0 {
            let stride = [0x100, 0x200, 0x400, 0x800].reduce(0) { $0 + (flags & UInt64($1) != 0 ? 4 : 0) }
            var at = 8 + (flags & 0x1 != 0 ? 4 : 0) + (flags & 0x4 != 0 ? 4 : 0)
            for _ in 0..<min(count, 4_096) {
                guard let sample = trun.bigEndian(4, at: at) else { break }
                duration += sample
                at += stride
            }
        } else if let tfhd = Self.child("tfhd", of: traf), let flags = tfhd.bigEndian(4, at: 0), flags & 0x8 != 0 {
            let at = 8 + (flags & 0x1 != 0 ? 8 : 0) + (flags & 0x2 != 0 ? 4 : 0)
            duration = (tfhd.bigEndian(4, at: at) ?? 0) * min(count, 4_096)
        }
        return MediaTime(ticks: begin &+ Int64(duration))
    }

    /// Content of the first child box of a type.
    private static func child(_ type: String, of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = bytes
        while let box = box(rest), box.size <= Int64(rest.count) {
            if box.type == type { return rest.dropFirst(Int(box.headerSize)).prefix(Int(box.size - box.headerSize)) }
            rest = rest.dropFirst(Int(box.size))
        }
        return nil
    }
}

extension ArraySlice<UInt8> {
    /// A big-endian number of `count` bytes, `offset` bytes from the slice's start; `nil` if it is not all there.
    fileprivate func bigEndian(_ count: Int, at offset: Int) -> UInt64? {
        guard offset >= 0, self.count - offset >= count else { return nil }
        let start = startIndex + offset
        return self[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
