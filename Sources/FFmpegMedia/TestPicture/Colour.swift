/// A colour in limited-range BT.601 YCbCr.
struct Colour: Sendable, Hashable {
    var y: UInt8
    var u: UInt8
    var v: UInt8

    static let white = Colour(hue: 0, saturation: 0, value: 1)
    static let black = Colour(hue: 0, saturation: 0, value: 0)

    /// All three in 0…1; the hue wraps.
    init(hue: Double, saturation: Double, value: Double) {
        func channel(_ shift: Double) -> Double {
            let angle = (shift + hue * 6).truncatingRemainder(dividingBy: 6)
            return value - value * saturation * max(0, min(angle, 4 - angle, 1))
        }
        let (red, green, blue) = (channel(5), channel(3), channel(1))
        y = UInt8(clamping: Int(16 + 65.481 * red + 128.553 * green + 24.966 * blue))
        u = UInt8(clamping: Int(128 - 37.797 * red - 74.203 * green + 112 * blue))
        v = UInt8(clamping: Int(128 + 112 * red - 93.786 * green - 18.214 * blue))
    }
}
