/// Initial letters of a Chinese name's pinyin, lower case: `滨江街道` is `bjjd`.
///
/// The 3,755 characters of level 1 of GB 2312 stand in the order of their pinyin, so a table of where each of the 23
/// initials begins is enough for them. Level 2 stands in the order of radicals: of it only the characters in ``level2`` are
/// known, others are left out. A character with several readings has the reading of its place in GB 2312, except in the
/// words of ``words``. Latin letters and digits are kept, all else is left out.
package enum PinyinInitials {
    package static func of(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.first {
            if let (word, initials) = words.first(where: { rest.hasPrefix($0.word) }) {
                result += initials
                rest = rest.dropFirst(word.count)
                continue
            }
            rest = rest.dropFirst()
            if let initial = initial(of: character) { result.append(initial) }
        }
        return result
    }

    package static func initial(of character: Character) -> Character? {
        if character.isASCII { return character.isLetter || character.isNumber ? character.lowercased().first : nil }
        if let known = level2[character] { return known }
        guard case .success(let bytes) = GB18030.fromUTF8(String(character)), bytes.count == 2 else { return nil }
        let code = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
        // Full-width letters and digits are row 3, in the order of ASCII.
        if bytes[0] == 0xA3, (0xB0...0xFA).contains(bytes[1]) {
            let plain = Character(Unicode.Scalar(bytes[1] - 0x80))
            return plain.isLetter || plain.isNumber ? plain.lowercased().first : nil
        }
        guard bytes[1] >= 0xA1, code < 0xD7FA else { return nil }
        return starts.last { $0.code <= code }?.initial
    }

    /// The first code of each initial; I, U and V begin no syllable.
    private static let starts: [(code: UInt16, initial: Character)] = [
        (0xB0A1, "a"), (0xB0C5, "b"), (0xB2C1, "c"), (0xB4EE, "d"), (0xB6EA, "e"), (0xB7A2, "f"), (0xB8C1, "g"), (0xB9FE, "h"),
        (0xBBF7, "j"), (0xBFA6, "k"), (0xC0AC, "l"), (0xC2E8, "m"), (0xC4C3, "n"), (0xC5B6, "o"), (0xC5BE, "p"), (0xC6DA, "q"),
        (0xC8BB, "r"), (0xC8F6, "s"), (0xCBFA, "t"), (0xCDDA, "w"), (0xCEF4, "x"), (0xD1B9, "y"), (0xD4D1, "z"),
    ]

    /// Words in which a character is not read as its place in GB 2312 says.
    private static let words: [(word: String, initials: String)] = [
        ("重庆", "cq"), ("银行", "yh"), ("大厦", "ds"), ("朝阳", "zy"), ("车行", "ch"), ("五金行", "wjh"), ("商行", "sh"), ("重百", "cb"),
    ]

    /// Characters of level 2 that occur in the county's place names, or often in names of shops and estates.
    private static let level2: [Character: Character] = [
        "琚": "j", "阆": "l", "鑫": "x", "淼": "m", "衢": "q", "瀛": "y", "琪": "q", "璐": "l", "婷": "t",
        "馨": "x", "睿": "r", "麒": "q", "麟": "l", "煜": "y", "炜": "w", "岷": "m", "囿": "y", "垭": "y",
        "埝": "n", "塬": "y", "崀": "l", "岽": "d", "榕": "r", "榭": "x", "橹": "l", "洺": "m", "滏": "f",
        "潆": "y", "楠": "n", "濛": "m", "泸": "l", "邛": "q", "崃": "l", "郫": "p", "嵘": "r", "琨": "k",
        "璞": "p", "钰": "y", "铄": "s", "昊": "h", "昕": "x", "晟": "s", "梓": "z", "桦": "h", "莞": "g",
        "芙": "f", "茗": "m", "茜": "q", "荟": "h", "馥": "f", "鹭": "l", "瑾": "j", "璟": "j", "瑄": "x",
        "漪": "y", "潼": "t", "砼": "t", "糍": "c", "粑": "b", "豉": "c", "羲": "x", "阙": "q", "邺": "y",
        "郦": "l", "嫘": "l", "奚": "x",
    ]
}
