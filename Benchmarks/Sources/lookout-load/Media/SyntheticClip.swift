import Glibc

/// Pictures of a given bit rate, made without an encoder: a key picture of flat macroblocks that draw coarse waves, then
/// pictures in which every macroblock is skipped. Behind the coded picture each slice is filled up with noise to the size
/// that the bit rate asks for: decoders stop where the picture is whole, relays carry and count every byte.
struct SyntheticClip {
    static let width = 1_280
    static let height = 720
    /// A key picture weighs as much as so many others.
    private static let keyWeight = 8.0
    private static let columns = width / 16
    private static let rows = height / 16

    private let framesPerSecond: Int
    private var noise: [UInt8] = []

    /// - Parameters:
    ///   - bitsPerSecond: of pictures, without what RTP adds.
    ///   - keyInterval: pictures from one key picture to the next, 2...250.
    static func make(bitsPerSecond: Int, framesPerSecond: Int, keyInterval: Int) -> Clip {
        var maker = SyntheticClip(framesPerSecond: framesPerSecond)
        let perGroup = Double(bitsPerSecond) / 8 * Double(keyInterval) / Double(framesPerSecond)
        let usual = perGroup / (keyWeight + Double(keyInterval - 1))
        maker.makeNoise(count: Int(usual * keyWeight) + 1_024)
        let pictures = (0..<keyInterval).map { number in
            // Sizes vary by a quarter, as with any camera, and keep their mean.
            let size = number == 0 ? usual * keyWeight : usual * (0.875 + 0.25 * Double(number * 29 % 50) / 49)
            let slice = number == 0 ? keySlice : maker.skippedSlice(number: number)
            return Clip.Picture(isKey: number == 0, nalUnits: [maker.fill(slice, to: Int(size), from: number)])
        }
        return Clip(
            sequenceParameterSet: maker.sequenceParameterSet, pictureParameterSet: pictureParameterSet, pictures: pictures)
    }

    private init(framesPerSecond: Int) { self.framesPerSecond = framesPerSecond }

    // MARK: Noise

    /// No byte is zero, so nothing looks like a start code.
    private mutating func makeNoise(count: Int) {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        noise = (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state % 255 + 1)
        }
    }

    private func fill(_ slice: [UInt8], to size: Int, from number: Int) -> [UInt8] {
        let missing = max(0, size - slice.count)
        let start = number * 61 % max(1, noise.count - missing)
        return slice + noise[start..<min(noise.count, start + missing)]
    }

    // MARK: Syntax

    /// Constrained Baseline, level 3.1, no reordering (section 7.3.2.1.1 and annex E).
    private var sequenceParameterSet: [UInt8] {
        var set = BitWriter()
        for byte: UInt32 in [66, 0xC0, 31] { set.bits(byte, 8) }
        set.unsigned(0)  // seq_parameter_set_id
        set.unsigned(4)  // log2_max_frame_num_minus4: eight bits
        set.unsigned(2)  // pic_order_cnt_type: output order is decoding order
        set.unsigned(1)  // max_num_ref_frames
        set.flag(false)  // gaps_in_frame_num_value_allowed_flag
        set.unsigned(UInt32(Self.columns - 1))
        set.unsigned(UInt32(Self.rows - 1))
        set.flag(true)  // frame_mbs_only_flag
        set.flag(true)  // direct_8x8_inference_flag
        set.flag(false)  // frame_cropping_flag
        set.flag(true)  // vui_parameters_present_flag
        set.bits(0, 4)  // aspect ratio, overscan, video signal type, chroma location: none
        set.flag(true)  // timing_info_present_flag
        set.bits(1, 32)
        set.bits(UInt32(2 * framesPerSecond), 32)
        set.flag(true)  // fixed_frame_rate_flag
        set.bits(0, 3)  // HRD parameters, picture structure: none
        set.flag(true)  // bitstream_restriction_flag
        set.flag(true)
        for value: UInt32 in [0, 0, 10, 10, 0, 1] { set.unsigned(value) }  // the last two: no reordering, one picture kept
        set.trailing()
        return set.nalUnit(header: 0x67)
    }

    private static var pictureParameterSet: [UInt8] {
        var set = BitWriter()
        set.unsigned(0)
        set.unsigned(0)
        set.bits(0, 2)  // CAVLC, no field order
        for _ in 0..<3 { set.unsigned(0) }  // one slice group, one reference each
        set.bits(0, 3)  // no weighting
        for _ in 0..<3 { set.signed(0) }
        set.flag(true)  // deblocking_filter_control_present_flag
        set.bits(0, 2)
        set.trailing()
        return set.nalUnit(header: 0x68)
    }

    /// Macroblocks of Intra 16×16, predicted flat, with one coefficient each that lifts or lowers it by ten steps of grey.
    private static var keySlice: [UInt8] {
        var slice = BitWriter()
        slice.unsigned(0)  // first_mb_in_slice
        slice.unsigned(7)  // slice_type: I, all of them
        slice.unsigned(0)  // pic_parameter_set_id
        slice.bits(0, 8)  // frame_num
        slice.unsigned(0)  // idr_pic_id
        slice.bits(0, 2)  // dec_ref_pic_marking
        slice.signed(22)  // slice_qp_delta: to 48
        slice.unsigned(1)  // disable_deblocking_filter_idc
        var grey = [Int](repeating: 128, count: columns * rows)
        for row in 0..<rows {
            for column in 0..<columns {
                let left = column > 0 ? grey[row * columns + column - 1] : nil
                let above = row > 0 ? grey[(row - 1) * columns + column] : nil
                let predicted = left.map { ($0 + (above ?? $0) + 1) / 2 } ?? above ?? 128
                let wanted = 128 + 70 * sin(Double(column) / 7) * cos(Double(row) / 5)
                let isLifted = Double(predicted) < wanted
                grey[row * columns + column] = min(max(predicted + (isLifted ? 10 : -10), 0), 255)
                slice.unsigned(3)  // mb_type: I_16x16_2_0_0
                slice.unsigned(0)  // intra_chroma_pred_mode
                slice.signed(0)  // mb_qp_delta
                slice.bits(1, 2)  // coeff_token: one coefficient, a trailing one
                slice.flag(!isLifted)  // its sign
                slice.bits(1, 1)  // total_zeros: none before it
            }
        }
        slice.trailing()
        return slice.nalUnit(header: 0x65)
    }

    private func skippedSlice(number: Int) -> [UInt8] {
        var slice = BitWriter()
        slice.unsigned(0)
        slice.unsigned(5)  // slice_type: P, all of them
        slice.unsigned(0)
        slice.bits(UInt32(number & 0xFF), 8)
        slice.bits(0, 3)  // reference list and marking as they are
        slice.signed(0)
        slice.unsigned(1)
        slice.unsigned(UInt32(Self.columns * Self.rows))  // mb_skip_run
        slice.trailing()
        return slice.nalUnit(header: 0x41)
    }
}
