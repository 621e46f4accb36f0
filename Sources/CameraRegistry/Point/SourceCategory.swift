/// Whose point it is (来源类别). What is not known to be government-built is private.
package enum SourceCategory: String, Sendable, Hashable, Codable, CaseIterable {
    case xueliang, governmentBuilt, enterprise, community, internetCafe, shopfront, other

    package var isGovernmentBuilt: Bool { self == .xueliang || self == .governmentBuilt }
    /// Viewed only while linked to an active incident, or on record for acceptance and maintenance.
    package var isPrivate: Bool { !isGovernmentBuilt }

    package var chineseName: String {
        switch self {
        case .xueliang: "雪亮工程"
        case .governmentBuilt: "政府自建"
        case .enterprise: "企事业单位"
        case .community: "居民社区"
        case .internetCafe: "网吧"
        case .shopfront: "门市"
        case .other: "其他"
        }
    }

    package static func named(_ text: String) -> SourceCategory? {
        allCases.first { $0.chineseName == text || $0.rawValue == text }
    }
}
