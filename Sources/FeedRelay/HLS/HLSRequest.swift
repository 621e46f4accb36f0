/// What a client asks of an HLS view: the last component of the path and the delivery directives of the query
/// (draft-pantos-hls-rfc8216bis section 6.2.5).
enum HLSRequest: Equatable {
    case playlist(Directives)
    case map(Int)
    case segment(Int)
    case part(Int)

    struct Directives: Equatable {
        /// `_HLS_msn`, `_HLS_part`: hold the answer back until the playlist has them.
        var sequence: Int?
        var part: Int?
        /// `_HLS_skip`: a delta update.
        var skips = false
    }

    enum Fault: Error, Equatable {
        case unknown
        case badDirective
    }

    init(name: Substring, query: Substring) throws(Fault) {
        func number(_ prefix: String, _ suffix: String) -> Int? {
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
            return Self.number(name.dropFirst(prefix.count).dropLast(suffix.count))
        }
        if name == "live.m3u8" {
            self = .playlist(try Self.directives(query))
        } else if let map = number("init", ".mp4") {
            self = .map(map)
        } else if let segment = number("segment", ".m4s") {
            self = .segment(segment)
        } else if let part = number("part", ".m4s") {
            self = .part(part)
        } else {
            throw .unknown
        }
    }

    private static func directives(_ query: Substring) throws(Fault) -> Directives {
        var directives = Directives()
        for pair in query.split(separator: "&") {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = sides.count == 2 ? sides[1] : nil, sides[0].hasPrefix("_HLS_") else { continue }
            switch sides[0] {
            case "_HLS_msn":
                guard let number = number(value) else { throw .badDirective }
                directives.sequence = number
            case "_HLS_part":
                guard let number = number(value) else { throw .badDirective }
                directives.part = number
            case "_HLS_skip":
                guard value == "YES" || value == "v2" else { throw .badDirective }
                directives.skips = true
            default: break
            }
        }
        if directives.part != nil, directives.sequence == nil { throw .badDirective }
        return directives
    }

    /// Decimal digits only, at most nine.
    private static func number(_ text: Substring) -> Int? {
        guard 1...9 ~= text.utf8.count, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
        return Int(text)
    }
}
