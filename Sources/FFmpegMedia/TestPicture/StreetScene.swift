/// What a simulated camera sees: a street in colours and with houses of its own, traffic, its name and a running clock.
///
/// The picture at the end of the loop goes over into that at its start. Only what moves is drawn anew for each frame.
///
/// ## Concurrency model
/// Confined to one thread.
final class StreetScene {
    let canvas: Canvas
    private let background: Canvas
    private let frames: Int
    private let framesPerSecond: Int
    private let cars: [Car]
    private let sun: Colour
    private let digits: [Character: TextMask]
    private var drawn: [Canvas.Rectangle] = []

    private struct Car {
        var lane: Int
        var offset: Double
        /// Times through the picture in one loop; negative from right to left.
        var laps: Int
        var colour: Colour
        var length: Int
    }

    /// Rows at the upper and lower edge that stay free of words.
    private static let margin = 46
    private static let roadTop = 250

    init(_ clip: TestClip, font: Font, frames: Int) throws(FFmpegError) {
        canvas = try Canvas(width: TestClip.width, height: TestClip.height)
        background = try Canvas(width: TestClip.width, height: TestClip.height)
        self.frames = max(1, frames)
        framesPerSecond = TestClip.framesPerSecond
        var dice = Dice(seed: UInt64(truncatingIfNeeded: clip.scene))
        // The golden ratio spreads hues: neighbouring numbers look different.
        let hue = (Double(clip.scene & 0xFFFF) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
        sun = Colour(hue: 0.11 + dice.unit() * 0.05, saturation: 0.5, value: 1)
        // Two cars a lane, half a lap apart, so that none drives through another. A lap takes about 4 s.
        let laps = max(1, frames / 60)
        let start = dice.unit()
        var cars: [Car] = []
        for index in 0..<4 {
            let (lane, place) = (index % 2, Double(index / 2))
            let colour = Colour(hue: hue + 0.3 + 0.2 * Double(index), saturation: 0.75, value: 0.9)
            let offset = start + 0.3 * Double(lane) + 0.5 * place
            cars.append(
                Car(lane: lane, offset: offset, laps: lane == 0 ? laps : -laps, colour: colour, length: 62 + dice.below(40)))
        }
        self.cars = cars
        digits = Dictionary(uniqueKeysWithValues: "0123456789:.".map { ($0, font.mask(String($0), pixels: 34)) })
        drawBackground(clip, hue: hue, font: font, dice: &dice)
        canvas.restore(canvas.bounds, from: background)
    }

    private func drawBackground(_ clip: TestClip, hue: Double, font: Font, dice: inout Dice) {
        let (width, roadTop) = (TestClip.width, Self.roadTop)
        for y in stride(from: 0, to: roadTop, by: 10) {
            let part = Double(y) / Double(roadTop)
            let colour = Colour(hue: hue + 0.05 * part, saturation: 0.55 - 0.25 * part, value: 0.5 + 0.3 * part)
            background.fill(.init(x: 0, y: y, width: width, height: 10), colour)
        }
        var x = -dice.below(30)
        while x < width {
            let size = (width: 44 + dice.below(44), height: 52 + dice.below(82))
            let value = 0.22 + 0.2 * dice.unit()
            background.fill(
                .init(x: x, y: roadTop - size.height, width: size.width, height: size.height),
                Colour(hue: hue + 0.5, saturation: 0.25, value: value))
            for windowY in stride(from: roadTop - size.height + 8, to: roadTop - 12, by: 16) {
                for windowX in stride(from: x + 6, to: x + size.width - 8, by: 12) {
                    let light = Colour(hue: 0.13, saturation: 0.5, value: dice.below(3) == 0 ? 0.95 : value + 0.12)
                    background.fill(.init(x: windowX, y: windowY, width: 6, height: 8), light)
                }
            }
            x += size.width + 2
        }
        let road = Colour(hue: hue, saturation: 0.08, value: 0.32)
        background.fill(.init(x: 0, y: roadTop, width: width, height: TestClip.height - roadTop), road)
        background.fill(.init(x: 0, y: roadTop, width: width, height: 6), Colour(hue: hue, saturation: 0.05, value: 0.62))
        for x in stride(from: 8, to: width, by: 56) {
            background.fill(.init(x: x, y: 300, width: 30, height: 4), .white, opacity: 200)
        }
        // Players lay their own bars over the upper and lower edge: the words keep away from both.
        let name = font.mask(clip.name, pixels: 30)
        label(name, x: 14, y: Self.margin)
        label(font.mask(clip.number, pixels: 20), x: 14 + name.width + 24, y: Self.margin + 6)
        label(font.mask("模拟画面", pixels: 20), x: 14, y: TestClip.height - Self.margin - 24)
    }

    private func label(_ mask: TextMask, x: Int, y: Int) {
        guard mask.width > 0 else { return }
        background.fill(.init(x: x - 6, y: y - 2, width: mask.width + 12, height: mask.height + 4), .black, opacity: 150)
        background.text(mask, x: x, y: y, .white)
    }

    /// - Parameter number: counts from 0; the loop's length later the picture is the same.
    func draw(frame number: Int) throws(FFmpegError) {
        try canvas.frame.makeWritable()
        for area in drawn { canvas.restore(area, from: background) }
        drawn = []
        let phase = Double(number % frames) / Double(frames)
        drawSun(phase)
        for car in cars { draw(car, phase) }
        drawClock(number % frames)
    }

    private func drawSun(_ phase: Double) {
        // Between the labels and the roofs, where nothing has to be drawn over it.
        let x = Int(phase * Double(TestClip.width + 40)) - 20
        canvas.disc(x: x, y: 98, radius: 14, sun)
        drawn.append(.init(x: x - 14, y: 84, width: 28, height: 28))
    }

    private func draw(_ car: Car, _ phase: Double) {
        let span = Double(TestClip.width + car.length)
        var place = (car.offset + phase * Double(car.laps)).truncatingRemainder(dividingBy: 1)
        if place < 0 { place += 1 }
        let x = Int(place * span) - car.length
        let y = car.lane == 0 ? 262 : 314
        let dark = Colour(hue: 0, saturation: 0, value: 0.08)
        canvas.fill(
            .init(x: x + car.length / 5, y: y, width: car.length * 3 / 5, height: 14),
            Colour(hue: 0.55, saturation: 0.25, value: 0.75))
        canvas.fill(.init(x: x, y: y + 13, width: car.length, height: 15), car.colour)
        canvas.disc(x: x + car.length / 5, y: y + 28, radius: 6, dark)
        canvas.disc(x: x + car.length * 4 / 5, y: y + 28, radius: 6, dark)
        drawn.append(.init(x: x, y: y, width: car.length, height: 36))
    }

    /// Minutes, seconds and tenths since the loop began.
    private func drawClock(_ number: Int) {
        let tenths = number * 10 / framesPerSecond
        let two = { (value: Int) in (value < 10 ? "0" : "") + String(value) }
        let text = "\(two(tenths / 600)):\(two(tenths / 10 % 60)).\(tenths % 10)"
        let masks = text.compactMap { digits[$0] }
        let width = masks.reduce(0) { $0 + $1.width }
        let height = masks.map(\.height).max() ?? 0
        guard width > 0 else { return }
        let area = Canvas.Rectangle(
            x: TestClip.width - width - 28, y: TestClip.height - height - Self.margin - 4, width: width + 16, height: height + 4)
        canvas.fill(area, .black, opacity: 190)
        var x = area.x + 8
        for mask in masks {
            canvas.text(mask, x: x, y: area.y + 2, .white)
            x += mask.width
        }
        drawn.append(area)
    }
}

/// SplitMix64: a scene looks the same each time it is made.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    private mutating func roll() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// 0 ..< limit.
    mutating func below(_ limit: Int) -> Int { Int(roll() % UInt64(max(1, limit))) }
    /// 0 ..< 1.
    mutating func unit() -> Double { Double(roll() >> 11) / Double(1 << 53) }
}
