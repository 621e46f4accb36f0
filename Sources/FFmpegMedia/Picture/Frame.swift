import CFFmpeg

/// Owner of one `AVFrame`.
struct Frame: ~Copyable {
    let pointer: UnsafeMutablePointer<AVFrame>

    /// An empty frame for a decoder to fill.
    init() throws(FFmpegError) { pointer = try allocated(av_frame_alloc(), "allocate frame") }

    /// A frame with planes of its own.
    static func picture(width: Int, height: Int, format: AVPixelFormat) throws(FFmpegError) -> Frame {
        let frame = try Frame()
        frame.pointer.pointee.width = CInt(clamping: width)
        frame.pointer.pointee.height = CInt(clamping: height)
        frame.pointer.pointee.format = format.rawValue
        try check(av_frame_get_buffer(frame.pointer, 0), "allocate \(width)×\(height) picture")
        return frame
    }

    deinit {
        var pointer: UnsafeMutablePointer<AVFrame>? = pointer
        av_frame_free(&pointer)
    }

    var width: Int { Int(pointer.pointee.width) }
    var height: Int { Int(pointer.pointee.height) }
    var format: AVPixelFormat { AVPixelFormat(pointer.pointee.format) }

    /// Planes not shared with an encoder that still holds them.
    func makeWritable() throws(FFmpegError) { try check(av_frame_make_writable(pointer), "copy picture") }

    /// Calls `body` with the bytes of plane 0, 1 or 2 and its stride; `nil` if the frame has no such plane, or a flipped one.
    func withPlane<T>(_ index: Int, _ body: (_ bytes: UnsafeMutableBufferPointer<UInt8>, _ stride: Int) -> T) -> T? {
        let descriptor = av_pix_fmt_desc_get(format)
        guard (0..<3).contains(index), let descriptor else { return nil }
        let (data, stride) =
            switch index {
            case 0: (pointer.pointee.data.0, Int(pointer.pointee.linesize.0))
            case 1: (pointer.pointee.data.1, Int(pointer.pointee.linesize.1))
            default: (pointer.pointee.data.2, Int(pointer.pointee.linesize.2))
            }
        let shift = index == 0 ? 0 : Int(descriptor.pointee.log2_chroma_h)
        let rows = (height + (1 << shift) - 1) >> shift
        guard let data, stride > 0, rows > 0 else { return nil }
        return body(UnsafeMutableBufferPointer(start: data, count: stride * rows), stride)
    }
}
