import Foundation
import GatewayCore

/// The query of a request: names and values decoded once, read with the kind that is expected.
struct QueryReader: Sendable {
    private let values: [String: String]

    /// - Parameter text: what follows `?`. The first of several values of one name wins; `+` is a space.
    init(_ text: some StringProtocol) {
        var values: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(64) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = Self.decoded(parts[0])
            let value = parts.count > 1 ? Self.decoded(parts[1]) : ""
            if values[name] == nil { values[name] = value }
        }
        self.values = values
    }

    /// `nil` if absent or empty.
    subscript(name: String) -> String? {
        guard let value = values[name], !value.isEmpty else { return nil }
        return value
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = self[name] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw fault(name, "应为 \(range.lowerBound) 到 \(range.upperBound) 的整数")
        }
        return value
    }

    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let text = self[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw fault(name, "应为 \(range.lowerBound) 到 \(range.upperBound) 的数字")
        }
        return value
    }

    func choice<Value: RawRepresentable>(_ name: String, as type: Value.Type) throws -> Value? where Value.RawValue == String {
        guard let text = self[name] else { return nil }
        guard let value = Value(rawValue: text) else { throw fault(name, "不是可用的取值") }
        return value
    }

    /// `longitude,latitude` in WGS-84 degrees.
    func point(_ name: String) throws -> GeoPoint? {
        guard let numbers = try numbers(name, count: 2) else { return nil }
        guard let point = GeoPoint(longitude: numbers[0], latitude: numbers[1]) else { throw fault(name, "应为「经度,纬度」") }
        return point
    }

    /// Exactly `count` finite numbers parted by commas.
    func numbers(_ name: String, count: Int) throws -> [Double]? {
        guard let text = self[name] else { return nil }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
        guard numbers.count == count, numbers.allSatisfy(\.isFinite) else { throw fault(name, "应为 \(count) 个以逗号分隔的数字") }
        return numbers
    }

    func identifier<Subject>(_ name: String) throws -> Identifier<Subject>? {
        guard let text = self[name] else { return nil }
        guard let value = Identifier<Subject>(rawValue: text) else { throw fault(name, "不是合法的编号") }
        return value
    }

    /// An RFC 3339 time.
    func date(_ name: String) throws -> Date? {
        guard let text = self[name] else { return nil }
        guard let date = WireCoding.date(from: text) else { throw fault(name, "应为带时区的时间,如 2026-11-23T08:00:00+08:00") }
        return date
    }

    func fault(_ name: String, _ what: String) -> GatewayError {
        GatewayError(.invalid, "queryInvalid", "查询参数「\(name)」\(what)。", remedy: "请更正该参数后重试。", details: ["field": name])
    }

    private static func decoded(_ text: some StringProtocol) -> String {
        PercentEncoding.decoded(text, plusIsSpace: true) ?? String(text)
    }
}
