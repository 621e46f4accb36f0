import Foundation

/// Checks a live media playlist against the rules of draft-pantos-hls-rfc8216bis, and each against the one before it.
///
/// Knows nothing of how the playlists are made. `faults` names each broken rule once.
struct PlaylistChecker {
    struct Part: Equatable {
        var uri: String
        var duration: Double
        var isIndependent: Bool
    }

    struct Segment: Equatable {
        var sequence: Int
        var uri: String?
        var duration: Double?
        var title = ""
        var parts: [Part] = []
        var map: String?
        var isDiscontinuous = false
        var discontinuities = 0
        var date: Date?
    }

    struct Playlist {
        var version = 1
        var target: Int?
        var partTarget: Double?
        var control: [String: String] = [:]
        var sequence = 0
        var discontinuitySequence = 0
        var skipped: Int?
        var segments: [Segment] = []
        var hints: [[String: String]] = []
        var counts: [String: Int] = [:]

        var whole: [Segment] { segments.filter { $0.uri != nil } }
        func seconds(_ name: String) -> Double? { control[name].flatMap(Double.init) }
    }

    private(set) var faults: [String] = []
    private(set) var playlists = 0
    private(set) var last: Playlist?

    mutating func require(_ rule: String, _ holds: Bool) {
        if !holds, !faults.contains(rule) { faults.append(rule) }
    }

    /// - Parameter isDelta: answers a request with `_HLS_skip=YES`.
    @discardableResult
    mutating func check(_ text: String, isDelta: Bool = false) -> Playlist {
        playlists += 1
        let playlist = parse(text)
        checkHead(playlist)
        checkDurations(playlist)
        checkTags(playlist)
        if let skipped = playlist.skipped {
            require("4.4.5.2: EXT-X-SKIP only in answer to _HLS_skip", isDelta)
            checkDelta(playlist, skipped)
        } else {
            if let last { checkSuccession(from: last, to: playlist) }
            last = playlist
        }
        return playlist
    }

    // MARK: Reading

    private mutating func parse(_ text: String) -> Playlist {
        var playlist = Playlist()
        var open = Segment(sequence: 0, uri: nil)
        var map: String?
        var discontinuities = 0
        require(
            "4.1: UTF-8 without BOM, lines end in LF", !text.hasPrefix("\u{FEFF}") && !text.contains("\r") && text.hasSuffix("\n"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        require("4.3.1.1: EXTM3U is the first line", lines.first == "#EXTM3U")
        for line in lines {
            guard line.hasPrefix("#") else {
                require("4.4.4.1: each segment has an EXTINF", open.duration != nil)
                open.uri = line
                open.map = map
                playlist.segments.append(open)
                open = Segment(sequence: 0, uri: nil)
                continue
            }
            let sides = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let value = sides.count > 1 ? sides[1] : ""
            playlist.counts[sides[0], default: 0] += 1
            switch sides[0] {
            case "#EXT-X-VERSION": playlist.version = Int(value) ?? 0
            case "#EXT-X-TARGETDURATION": playlist.target = Int(value)
            case "#EXT-X-SERVER-CONTROL": playlist.control = attributes(value)
            case "#EXT-X-PART-INF": playlist.partTarget = attributes(value)["PART-TARGET"].flatMap(Double.init)
            case "#EXT-X-MEDIA-SEQUENCE":
                require("4.4.3.2: EXT-X-MEDIA-SEQUENCE before the first segment", playlist.segments.isEmpty)
                playlist.sequence = Int(value) ?? -1
            case "#EXT-X-DISCONTINUITY-SEQUENCE":
                require(
                    "4.4.3.3: EXT-X-DISCONTINUITY-SEQUENCE before the first segment and discontinuity",
                    playlist.segments.isEmpty && discontinuities == 0)
                playlist.discontinuitySequence = Int(value) ?? -1
            case "#EXT-X-SKIP": playlist.skipped = attributes(value)["SKIPPED-SEGMENTS"].flatMap { Int($0) } ?? 0
            case "#EXT-X-MAP": map = attributes(value)["URI"]
            case "#EXT-X-DISCONTINUITY":
                discontinuities += 1
                open.isDiscontinuous = true
            case "#EXT-X-PROGRAM-DATE-TIME":
                let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
                open.date = try? Date(value, strategy: format)
                require("4.4.4.6: EXT-X-PROGRAM-DATE-TIME is a date", open.date != nil)
            case "#EXTINF":
                let parts = value.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
                open.duration = parts.first.flatMap { Double($0) }
                require("4.4.4.1: EXTINF ends its duration with a comma", parts.count == 2)
            case "#EXT-X-PART":
                let part = attributes(value)
                require("4.4.4.9: EXT-X-PART has URI and DURATION", part["URI"] != nil && part["DURATION"] != nil)
                open.map = map
                open.parts.append(
                    Part(
                        uri: part["URI"] ?? "", duration: Double(part["DURATION"] ?? "") ?? -1,
                        isIndependent: part["INDEPENDENT"] == "YES"))
            case "#EXT-X-PRELOAD-HINT": playlist.hints.append(attributes(value))
            case "#EXTM3U": break
            default: require("unknown tag \(sides[0])", false)
            }
        }
        if !open.parts.isEmpty { playlist.segments.append(open) }
        discontinuities = playlist.discontinuitySequence
        for index in playlist.segments.indices {
            playlist.segments[index].sequence = playlist.sequence + (playlist.skipped ?? 0) + index
            if playlist.segments[index].isDiscontinuous { discontinuities += 1 }
            playlist.segments[index].discontinuities = discontinuities
        }
        return playlist
    }

    private mutating func attributes(_ list: String) -> [String: String] {
        var attributes: [String: String] = [:]
        var rest = list[...]
        while let sign = rest.firstIndex(of: "=") {
            let name = String(rest[..<sign])
            rest = rest[rest.index(after: sign)...]
            if rest.first == "\"" {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: "\"") else { break }
                attributes[name] = String(rest[..<end])
                rest = rest[rest.index(after: end)...]
            } else {
                let value = rest.prefix { $0 != "," }
                attributes[name] = String(value)
                rest = rest.dropFirst(value.count)
            }
            require("4.2: attribute names are A-Z, 0-9 and -", name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "-" })
            rest = rest.drop { $0 == "," }
        }
        return attributes
    }

    // MARK: Rules of one playlist

    private mutating func checkHead(_ playlist: Playlist) {
        for tag in [
            "#EXT-X-VERSION", "#EXT-X-TARGETDURATION", "#EXT-X-SERVER-CONTROL", "#EXT-X-PART-INF", "#EXT-X-MEDIA-SEQUENCE",
            "#EXT-X-DISCONTINUITY-SEQUENCE", "#EXT-X-SKIP",
        ] { require("4.4: \(tag) at most once", playlist.counts[tag] ?? 0 <= 1) }
        require("4.4.3.1: EXT-X-TARGETDURATION is required", playlist.target ?? 0 > 0)
        require("8: EXT-X-MAP outside I-frame playlists needs version 6", playlist.version >= 6)
        require("8: EXT-X-SKIP needs version 9", playlist.skipped == nil || playlist.version >= 9)
        let (target, part) = (Double(playlist.target ?? 0), playlist.partTarget ?? 0)
        require("4.4.3.7: EXT-X-PART-INF is required with parts", part > 0)
        require("4.4.3.8: blocking reload is offered", playlist.control["CAN-BLOCK-RELOAD"] == "YES")
        require(
            "4.4.3.8: PART-HOLD-BACK is required with parts, at least twice the part target",
            playlist.seconds("PART-HOLD-BACK") ?? 0 >= 2 * part)
        require(
            "4.4.3.8: PART-HOLD-BACK should be three times the part target", playlist.seconds("PART-HOLD-BACK") ?? 0 >= 3 * part)
        require("4.4.3.8: HOLD-BACK is at least three target durations", playlist.seconds("HOLD-BACK") ?? 3 * target >= 3 * target)
        require("4.4.3.8: CAN-SKIP-UNTIL is at least six target durations", playlist.seconds("CAN-SKIP-UNTIL") ?? 0 >= 6 * target)
    }

    private mutating func checkDurations(_ playlist: Playlist) {
        let (target, partTarget) = (playlist.target ?? 0, playlist.partTarget ?? 0)
        for segment in playlist.segments {
            if let duration = segment.duration {
                require("4.4.3.1: EXTINF, rounded, is at most the target duration", Int(duration.rounded()) <= target)
                if !segment.parts.isEmpty {
                    let sum = segment.parts.reduce(0) { $0 + $1.duration }
                    require(
                        "4.4.4.9: a segment lasts as long as its parts",
                        abs(sum - duration) < 0.001 * Double(segment.parts.count + 1))
                }
            }
            for (index, part) in segment.parts.enumerated() {
                require("4.4.4.9: a part is at most the part target", part.duration > 0 && part.duration <= partTarget + 0.000_01)
                if index + 1 < segment.parts.count {
                    require(
                        "4.4.4.9: all parts but a segment's last are at least 85 % of the part target",
                        part.duration >= 0.85 * partTarget)
                }
            }
        }
        // The last parts of the playlist are those of the segment under way.
        if let last = playlist.segments.last, last.uri == nil {
            let end = last.parts.reduce(0) { $0 + $1.duration }
            var distance = end
            for segment in playlist.whole.reversed() {
                if distance <= 3 * Double(target) - 0.001 {
                    require("6.2.2: segments within three target durations of the end list their parts", !segment.parts.isEmpty)
                } else if distance > 3 * Double(target) + Double(target) + 1 {
                    require("4.4.4.9: parts are removed three target durations from the end", segment.parts.isEmpty)
                }
                distance += segment.duration ?? 0
            }
        }
    }

    private mutating func checkTags(_ playlist: Playlist) {
        require("6.2.1: fMP4 segments need an EXT-X-MAP", playlist.skipped != nil || playlist.segments.allSatisfy { $0.map != nil })
        var seen = Set<String>()
        for uri in playlist.segments.flatMap({ $0.parts.map(\.uri) + [$0.uri].compactMap(\.self) }) {
            require("each URI names one thing", seen.insert(uri).inserted)
        }
        for (earlier, later) in zip(playlist.segments, playlist.segments.dropFirst()) where earlier.map != later.map {
            require("4.4.4.3: a new EXT-X-MAP comes with EXT-X-DISCONTINUITY", later.isDiscontinuous || playlist.skipped != nil)
        }
        require("4.4.4.6: EXT-X-PROGRAM-DATE-TIME on each segment", playlist.segments.allSatisfy { $0.date != nil })
        for (earlier, later) in zip(playlist.segments, playlist.segments.dropFirst()) {
            guard let from = earlier.date, let to = later.date, let duration = earlier.duration, !later.isDiscontinuous else {
                continue
            }
            require("4.4.4.6: dates go on with the durations", abs(to.timeIntervalSince(from) - duration) < 1)
        }
        require("4.4.5.3: at most one hinted part", playlist.hints.count { $0["TYPE"] == "PART" } <= 1)
        for hint in playlist.hints {
            require("4.4.5.3: EXT-X-PRELOAD-HINT has TYPE and URI", hint["TYPE"] != nil && hint["URI"] != nil)
            require("4.4.5.3: what is hinted is not listed yet", !seen.contains(hint["URI"] ?? ""))
        }
    }

    // MARK: Rules between playlists

    private mutating func checkSuccession(from old: Playlist, to new: Playlist) {
        require("6.2.1: the target duration never changes", old.target == new.target)
        require("6.2.2: the part target never changes", old.partTarget == new.partTarget)
        require("6.2.2: the media sequence never falls", new.sequence >= old.sequence)
        require("6.2.2: the discontinuity sequence never falls", new.discontinuitySequence >= old.discontinuitySequence)
        let byNumber = Dictionary(new.segments.map { ($0.sequence, $0) }, uniquingKeysWith: { first, _ in first })
        for before in old.segments where before.sequence >= new.sequence {
            guard let after = byNumber[before.sequence] else {
                require("6.2.2: no segment vanishes but the oldest", false)
                continue
            }
            require("6.2.2: a segment keeps its discontinuity number", before.discontinuities == after.discontinuities)
            require("6.2.1: a segment keeps its date", before.date == after.date)
            if let uri = before.uri {
                require("6.2.1: a listed segment does not change", uri == after.uri && before.duration == after.duration)
            }
            if !after.parts.isEmpty {
                require("6.2.2: listed parts stay as they are", Array(after.parts.prefix(before.parts.count)) == before.parts)
            }
        }
        let removed = old.whole.filter { $0.sequence < new.sequence }
        if !removed.isEmpty {
            let left = new.segments.reduce(0) { $0 + ($1.duration ?? $1.parts.reduce(0) { $0 + $1.duration }) }
            require("6.2.2: at least three target durations stay", left >= 3 * Double(new.target ?? 0))
        }
        if let hint = old.hints.first?["URI"] {
            let fresh = new.segments.flatMap(\.parts).filter { part in !old.segments.contains { $0.parts.contains(part) } }
            if let first = fresh.first, old.sequence + old.segments.count >= new.sequence {
                require("4.4.5.3: the hinted part is the next that comes", first.uri == hint)
            }
        }
    }

    /// Against the last whole playlist, which is of the same moment.
    private mutating func checkDelta(_ delta: Playlist, _ skipped: Int) {
        require("4.4.5.2: an empty delta is no delta", skipped > 0)
        guard let full = last else { return }
        require("6.2.5.1: a delta is of the same playlist", delta.sequence == full.sequence && delta.target == full.target)
        let rest = full.segments.dropFirst(skipped)
        require(
            "6.2.5.1: a delta holds all segments that it does not skip",
            rest.map(\.uri) == delta.segments.map(\.uri) && rest.map(\.parts) == delta.segments.map(\.parts))
        let boundary = full.seconds("CAN-SKIP-UNTIL") ?? 0
        let end = full.segments.reduce(0) { $0 + ($1.duration ?? $1.parts.reduce(0) { $0 + $1.duration }) }
        var start = 0.0
        for segment in full.segments.prefix(skipped) {
            start += segment.duration ?? 0
            require("6.2.5.1: only segments beyond the skip boundary are skipped", end - start >= boundary - 0.001)
        }
    }
}
