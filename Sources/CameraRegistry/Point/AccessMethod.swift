/// How a point's video is brought in (接入方式).
package enum AccessMethod: String, Sendable, Hashable, Codable, CaseIterable {
    /// The camera's own address.
    case direct
    /// A channel of a recorder or of a department's platform.
    case indirect
    /// Dossier only: no video, footage is asked of the owner.
    case collection
    /// Pulled from, or pushed by, a security company's relay.
    case securityCompany

    package var chineseName: String {
        switch self {
        case .direct: "直接接入"
        case .indirect: "间接接入"
        case .collection: "信息采集"
        case .securityCompany: "安防公司接入"
        }
    }

    /// Whether the gateway holds an address to pull from.
    package var hasStream: Bool { self != .collection }

    package static func named(_ text: String) -> AccessMethod? {
        allCases.first { $0.chineseName == text || $0.chineseName + "法" == text || $0.rawValue == text }
    }
}
