/// Coverage of rendered text, 0…255 a pixel.
struct TextMask: Sendable {
    private(set) var width = 0
    private(set) var height = 0
    private var coverage: [UInt8] = []

    init() {}

    init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        coverage = [UInt8](repeating: 0, count: self.width * self.height)
    }

    /// Zero outside.
    subscript(x: Int, y: Int) -> UInt8 {
        0..<width ~= x && 0..<height ~= y ? coverage[y * width + x] : 0
    }

    mutating func add(_ row: [UInt8], x: Int, y: Int) {
        guard 0..<height ~= y else { return }
        for (offset, value) in row.enumerated() where 0..<width ~= x + offset {
            coverage[y * width + x + offset] = max(coverage[y * width + x + offset], value)
        }
    }
}
