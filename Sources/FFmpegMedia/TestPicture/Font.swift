import CFreeType

/// The system's sans-serif font for Chinese, rendered by FreeType.
///
/// ## Concurrency model
/// Confined to one thread: a FreeType library and its faces are not shared.
final class Font {
    private let library: FT_Library
    private let face: FT_Face

    /// Which file fontconfig names for Chinese; looked up once, since that reads the whole font configuration.
    private static let file: (path: String, index: Int)? = {
        guard let configuration = FcInitLoadConfigAndFonts() else { return nil }
        defer { FcConfigDestroy(configuration) }
        guard let pattern = FcNameParse("sans-serif:lang=zh-cn") else { return nil }
        defer { FcPatternDestroy(pattern) }
        _ = FcConfigSubstitute(configuration, pattern, FcMatchPattern)
        FcDefaultSubstitute(pattern)
        var result = FcResultNoMatch
        guard let match = FcFontMatch(configuration, pattern, &result) else { return nil }
        defer { FcPatternDestroy(match) }
        var path: UnsafeMutablePointer<FcChar8>?
        var index: CInt = 0
        guard FcPatternGetString(match, FC_FILE, 0, &path) == FcResultMatch, let path else { return nil }
        _ = FcPatternGetInteger(match, FC_INDEX, 0, &index)
        return (String(cString: path), Int(index))
    }()

    /// - Throws: if no font with Chinese characters is installed.
    init() throws(FFmpegError) {
        let missing = FFmpegError.invalidArgument(
            "no font with Chinese characters is installed; install fonts-wqy-microhei", operation: "open font")
        guard let file = Self.file else { throw missing }
        var library: FT_Library?
        guard FT_Init_FreeType(&library) == 0, let library else { throw .noMemory(operation: "open font") }
        var face: FT_Face?
        guard FT_New_Face(library, file.path, file.index, &face) == 0, let face else {
            FT_Done_FreeType(library)
            throw missing
        }
        guard FT_Get_Char_Index(face, 0x770B) != 0 else {  // 看
            FT_Done_Face(face)
            FT_Done_FreeType(library)
            throw missing
        }
        self.library = library
        self.face = face
    }

    deinit {
        FT_Done_Face(face)
        FT_Done_FreeType(library)
    }

    /// One line of text; characters that the font lacks are left out.
    func mask(_ text: String, pixels: Int) -> TextMask {
        guard FT_Set_Pixel_Sizes(face, 0, FT_UInt(clamping: pixels)) == 0, let size = face.pointee.size else {
            return TextMask()
        }
        let ascent = Int(size.pointee.metrics.ascender >> 6)
        let height = ascent - Int(size.pointee.metrics.descender >> 6)
        var glyphs: [(x: Int, y: Int, width: Int, rows: [[UInt8]])] = []
        var pen = 0
        for scalar in text.unicodeScalars {
            guard FT_Get_Char_Index(face, FT_ULong(scalar.value)) != 0, freetype_render(face, FT_ULong(scalar.value)) == 0,
                let slot = face.pointee.glyph?.pointee
            else { continue }
            let (width, pitch) = (Int(slot.bitmap.width), Int(slot.bitmap.pitch))
            if let bytes = slot.bitmap.buffer, pitch >= width {
                let rows = (0..<Int(slot.bitmap.rows)).map {
                    Array(UnsafeBufferPointer(start: bytes + $0 * pitch, count: width))
                }
                glyphs.append((pen + Int(slot.bitmap_left), ascent - Int(slot.bitmap_top), width, rows))
            }
            pen += Int(slot.advance.x >> 6)
        }
        var mask = TextMask(width: pen, height: height)
        for glyph in glyphs {
            for (row, coverage) in glyph.rows.enumerated() { mask.add(coverage, x: glyph.x, y: glyph.y + row) }
        }
        return mask
    }
}
