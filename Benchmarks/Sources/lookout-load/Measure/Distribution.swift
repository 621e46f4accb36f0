/// Values and their quantiles.
struct Distribution {
    struct Summary: Encodable {
        let count: Int
        let p50: Double
        let p95: Double
        let p99: Double
        let max: Double
    }

    private var values: [Double] = []

    mutating func add(_ value: Double) { values.append(value) }

    mutating func clear() { values.removeAll(keepingCapacity: true) }

    /// `nil` without a value.
    var summary: Summary? {
        let sorted = values.sorted()
        guard let greatest = sorted.last else { return nil }
        func quantile(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
        return Summary(count: sorted.count, p50: quantile(0.5), p95: quantile(0.95), p99: quantile(0.99), max: greatest)
    }
}
