import NIOCore

/// Where a box of ISO/IEC 14496-12 lies in a buffer.
package struct MovieBox: Sendable, Hashable {
    /// A four-character code, first character in the highest byte, as it is on the wire.
    package struct Kind: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        package let code: UInt32
        package init(code: UInt32) { self.code = code }
        package init(stringLiteral text: StaticString) {
            code = text.withUTF8Buffer { $0.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
        }
        package var description: String {
            String(decoding: [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }, as: UTF8.self)
        }
    }

    package let kind: Kind
    /// The whole box, header included, as reader-absolute indices of the buffer.
    package let range: Range<Int>
    package var content: Range<Int> { range.lowerBound + 8..<range.upperBound }

    /// The box that starts at `index`, if a whole one with a 32-bit size ends at or before `end`.
    static func at(_ index: Int, before end: Int, in buffer: ByteBuffer) -> MovieBox? {
        guard end - index >= 8, let size = buffer.getInteger(at: index, as: UInt32.self),
            let kind = buffer.getInteger(at: index + 4, as: UInt32.self), size >= 8, size <= end - index
        else { return nil }
        return MovieBox(kind: Kind(code: kind), range: index..<index + Int(size))
    }

    /// The boxes that fill `range` one after the other, or `nil` if anything else is in it.
    package static func all(in buffer: ByteBuffer, range: Range<Int>? = nil) -> [MovieBox]? {
        let range = range ?? buffer.readerIndex..<buffer.writerIndex
        var boxes: [MovieBox] = []
        var index = range.lowerBound
        while index < range.upperBound {
            guard let box = at(index, before: range.upperBound, in: buffer) else { return nil }
            boxes.append(box)
            index = box.range.upperBound
        }
        return boxes
    }

    /// The first box under `path` from the top level of `buffer`; no allocation.
    package static func first(_ path: Kind..., in buffer: ByteBuffer) -> MovieBox? {
        var range = buffer.readerIndex..<buffer.writerIndex
        var found: MovieBox?
        for kind in path {
            var index = range.lowerBound
            found = nil
            while let box = at(index, before: range.upperBound, in: buffer) {
                if box.kind == kind {
                    found = box
                    break
                }
                index = box.range.upperBound
            }
            guard let found else { return nil }
            range = found.content.dropping(headerBytes(of: kind))
        }
        return found
    }

    /// Bytes between a box's header and the boxes that it holds.
    private static func headerBytes(of kind: Kind) -> Int {
        switch kind {
        case "stsd": 8  // version, flags, entry count
        case "avc1", "hvc1": 78  // VisualSampleEntry
        default: 0
        }
    }
}

extension Range<Int> {
    fileprivate func dropping(_ count: Int) -> Range<Int> { Swift.min(lowerBound + count, upperBound)..<upperBound }
}
