/// How far two words are apart, to guess what an unknown word was meant to be.
enum EditDistance {
    /// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the other; case is ignored.
    static func between(_ one: some StringProtocol, _ other: some StringProtocol) -> Int {
        let a = Array(one.lowercased())
        let b = Array(other.lowercased())
        var rows = [Array(0...b.count)]
        for i in 0..<a.count {
            var row = [i + 1]
            for j in 0..<b.count {
                var best = min(rows[i][j] + (a[i] == b[j] ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[a.count][b.count]
    }

    /// The candidate nearest to `word`, if one is near enough to be what was meant.
    static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let best = candidates.map { ($0, between(word, $0)) }.min { $0.1 < $1.1 }
        guard let (candidate, distance) = best, distance <= max(2, word.count / 2) else { return nil }
        return candidate
    }
}
