import CFFmpeg
import GatewayCore

/// Mean, variance and 16 × 16 signature of a picture's luma.
enum LumaSurvey {
    static let cells = 16

    /// - Returns: `nil` if the picture has no luma plane of 8 to 16 bits, as with RGB or a hardware surface.
    static func picture(of frame: borrowing Frame) -> ProbeReport.Picture? {
        guard let descriptor = av_pix_fmt_desc_get(frame.format)?.pointee, descriptor.flags & UInt64(AV_PIX_FMT_FLAG_RGB) == 0,
            descriptor.comp.0.plane == 0, descriptor.comp.0.offset == 0, 8...16 ~= descriptor.comp.0.depth
        else { return nil }
        let (width, height) = (frame.width, frame.height)
        let step = Int(descriptor.comp.0.step)
        let shift = Int(descriptor.comp.0.shift + descriptor.comp.0.depth - 8)
        guard width > 0, height > 0, step == (descriptor.comp.0.depth > 8 ? 2 : 1) else { return nil }
        return frame.withPlane(0) { bytes, stride in
            guard stride >= width * step, bytes.count >= stride * height else { return nil }
            return survey(width: width, height: height) { x, y in
                let index = y * stride + x * step
                return step == 1 ? Int(bytes[index]) : (Int(bytes[index]) | Int(bytes[index + 1]) << 8) >> shift & 0xFF
            }
        } ?? nil
    }

    /// Looks at no more than about 320 columns and rows, some 400 places a cell: enough for all three figures.
    private static func survey(width: Int, height: Int, luma: (_ x: Int, _ y: Int) -> Int) -> ProbeReport.Picture {
        var sums = [Int](repeating: 0, count: cells * cells)
        var counts = [Int](repeating: 0, count: cells * cells)
        var sum = 0
        var squares = 0
        var count = 0
        let (stepX, stepY) = (max(1, width / 320), max(1, height / 320))
        let columns = stride(from: 0, to: width, by: stepX).map { (x: $0, cell: $0 * cells / width) }
        for y in stride(from: 0, to: height, by: stepY) {
            let row = y * cells / height * cells
            for column in columns {
                let value = luma(column.x, y)
                let cell = row + column.cell
                sums[cell] += value
                counts[cell] += 1
                sum += value
                squares += value * value
                count += 1
            }
        }
        let mean = Double(sum) / Double(count)
        let variance = max(0, Double(squares) / Double(count) - mean * mean)
        let signature = zip(sums, counts).map { sum, count in UInt8(clamping: count == 0 ? Int(mean) : sum / count) }
        return ProbeReport.Picture(mean: mean, variance: variance, signature: signature)
    }
}
