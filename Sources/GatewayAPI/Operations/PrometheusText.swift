/// Prometheus text exposition format 0.0.4: metric families in the order in which they were begun.
struct PrometheusText: Sendable {
    enum Kind: String, Sendable { case counter, gauge }

    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private(set) var text = ""

    /// - Parameters:
    ///   - name: `[a-zA-Z_:][a-zA-Z0-9_:]*`, with its base unit last, counters ending in `_total`.
    ///   - samples: label pairs and the value; a family without samples is left out.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ samples: [(labels: [(String, String)], value: Double)]) {
        guard !samples.isEmpty else { return }
        text += "# HELP \(name) \(Self.escaped(help, quote: false))\n# TYPE \(name) \(kind.rawValue)\n"
        for sample in samples {
            text += name
            if !sample.labels.isEmpty {
                text += "{" + sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1, quote: true))\"" }.joined(separator: ",") + "}"
            }
            text += " \(Self.number(sample.value))\n"
        }
    }

    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help, [(labels: [], value: value)])
    }

    /// - Parameter buckets: counts between the bounds, the last above all of them; not cumulative.
    mutating func histogram(_ name: String, _ help: String, bounds: [Double], buckets: [Int], sum: Double) {
        guard buckets.count == bounds.count + 1 else { return }
        text += "# HELP \(name) \(Self.escaped(help, quote: false))\n# TYPE \(name) histogram\n"
        var count = 0
        for (bound, bucket) in zip(bounds + [.infinity], buckets) {
            count &+= bucket
            text += "\(name)_bucket{le=\"\(Self.number(bound))\"} \(count)\n"
        }
        text += "\(name)_sum \(Self.number(sum))\n\(name)_count \(count)\n"
    }

    private static func escaped(_ text: String, quote: Bool) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\"" where quote: out += "\\\""
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return String(value)
    }
}
