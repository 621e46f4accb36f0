/// How an incident is run: everyday 常态 or wartime 战时 ("平战结合").
package enum OperatingMode: String, Sendable, Codable, Hashable, CaseIterable {
    case normal, wartime

    package var name: String {
        switch self {
        case .normal: "常态"
        case .wartime: "战时"
        }
    }

    /// Where an incident of this mode starts.
    package var firstStage: IncidentStage {
        switch self {
        case .normal: .received
        case .wartime: .reporting
        }
    }
}
