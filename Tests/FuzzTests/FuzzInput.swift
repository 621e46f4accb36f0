/// The fuzzer's bytes, taken from the front: decisions first, then what is parsed. Past the end everything is zero.
struct FuzzInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isEmpty: Bool { rest.isEmpty }

    mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func number16() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }
}

/// Where a stream of bytes is cut into reads: an endless, cheap sequence from one number.
struct Cuts {
    private var state: UInt32
    private let isBytewise: Bool

    /// - Parameter seed: 0 cuts at every byte.
    init(seed: UInt8) {
        isBytewise = seed == 0
        state = UInt32(seed) &* 2_654_435_761 | 1
    }

    mutating func next() -> Int {
        if isBytewise { return 1 }
        state = state &* 1_664_525 &+ 1_013_904_223
        // Mostly small: a cut within a header shows more than one within a body.
        let limit = state >> 30 == 0 ? 1_460 : 24
        return 1 + Int(state >> 8) % limit
    }
}
