import CFFmpeg

/// Draws on a picture in YCbCr 4:2:0. Whatever lies outside is cut off.
///
/// ## Concurrency model
/// Confined to one thread.
final class Canvas {
    struct Rectangle: Sendable, Hashable {
        var x: Int
        var y: Int
        var width: Int
        var height: Int
    }

    let frame: Frame

    init(width: Int, height: Int) throws(FFmpegError) {
        frame = try Frame.picture(width: width, height: height, format: AV_PIX_FMT_YUV420P)
    }

    var bounds: Rectangle { Rectangle(x: 0, y: 0, width: frame.width, height: frame.height) }

    /// - Parameter opacity: 0…255, of the colour over what is there.
    func fill(_ area: Rectangle, _ colour: Colour, opacity: Int = 255) {
        for (plane, value) in [colour.y, colour.u, colour.v].enumerated() {
            paint(plane, area) { _, _, old in Self.mix(old, value, opacity) }
        }
    }

    func disc(x centreX: Int, y centreY: Int, radius: Int, _ colour: Colour) {
        let area = Rectangle(x: centreX - radius, y: centreY - radius, width: 2 * radius, height: 2 * radius)
        for (plane, value) in [colour.y, colour.u, colour.v].enumerated() {
            let scale = plane == 0 ? 1 : 2
            paint(plane, area) { x, y, old in
                let (dx, dy) = (x * scale - centreX, y * scale - centreY)
                return dx * dx + dy * dy <= radius * radius ? value : old
            }
        }
    }

    func text(_ mask: TextMask, x left: Int, y top: Int, _ colour: Colour) {
        let area = Rectangle(x: left, y: top, width: mask.width, height: mask.height)
        paint(0, area) { x, y, old in Self.mix(old, colour.y, Int(mask[x - left, y - top])) }
        for (plane, value) in [(1, colour.u), (2, colour.v)] {
            paint(plane, area) { x, y, old in
                let (x, y) = (2 * x - left, 2 * y - top)
                let coverage = Int(mask[x, y]) + Int(mask[x + 1, y]) + Int(mask[x, y + 1]) + Int(mask[x + 1, y + 1])
                return Self.mix(old, value, coverage / 4)
            }
        }
    }

    /// Copies an area, widened to even pixels, from another canvas of the same size.
    func restore(_ area: Rectangle, from other: Canvas) {
        for plane in 0..<3 {
            _ = other.frame.withPlane(plane) { source, sourceStride in
                _ = frame.withPlane(plane) { target, stride in
                    guard stride == sourceStride, target.count == source.count else { return }
                    let (columns, rows) = clipped(area, plane: plane)
                    for y in rows where !columns.isEmpty {
                        let range = y * stride + columns.lowerBound..<y * stride + columns.upperBound
                        _ = target[range].update(fromContentsOf: source[range])
                    }
                }
            }
        }
    }

    private static func mix(_ old: UInt8, _ new: UInt8, _ opacity: Int) -> UInt8 {
        UInt8(clamping: (Int(old) * (255 - opacity) + Int(new) * opacity + 127) / 255)
    }

    /// Calls `pixel` with each sample of the plane in the area: its place in the plane and its value.
    private func paint(_ plane: Int, _ area: Rectangle, _ pixel: (_ x: Int, _ y: Int, _ old: UInt8) -> UInt8) {
        let (columns, rows) = clipped(area, plane: plane)
        _ = frame.withPlane(plane) { bytes, stride in
            for y in rows { for x in columns { bytes[y * stride + x] = pixel(x, y, bytes[y * stride + x]) } }
        }
    }

    private func clipped(_ area: Rectangle, plane: Int) -> (columns: Range<Int>, rows: Range<Int>) {
        func range(_ start: Int, _ length: Int, limit: Int) -> Range<Int> {
            let from = min(max(start, 0), limit)
            let to = min(max(start + length, from), limit)
            return plane == 0 ? from..<to : from / 2..<(to + 1) / 2
        }
        return (range(area.x, area.width, limit: frame.width), range(area.y, area.height, limit: frame.height))
    }
}
