/// Event level of the county's emergency plans: I is the gravest. Not to be mixed with response level or warning colour.
package enum EventLevel: String, Sendable, Codable, Hashable, CaseIterable, Comparable {
    /// 特别重大
    case one = "I"
    /// 重大
    case two = "II"
    /// 较大
    case three = "III"
    /// 一般
    case four = "IV"

    /// 4 for level I, 1 for level IV, so that a graver level compares as greater.
    package var gravity: Int {
        switch self {
        case .one: 4
        case .two: 3
        case .three: 2
        case .four: 1
        }
    }

    /// 较大 or above: grave enough to start a county plan.
    package var startsCountyPlan: Bool { self >= .three }

    package var name: String {
        switch self {
        case .one: "特别重大（Ⅰ级）"
        case .two: "重大（Ⅱ级）"
        case .three: "较大（Ⅲ级）"
        case .four: "一般（Ⅳ级）"
        }
    }

    package static func < (lhs: EventLevel, rhs: EventLevel) -> Bool { lhs.gravity < rhs.gravity }
}
