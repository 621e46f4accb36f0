/// A step of one of the two flows. Raw values are the identifiers of the HTTP API.
package enum IncidentStage: String, Sendable, Codable, Hashable, CaseIterable {
    // Normal flow.
    case received, notified, handling, feedback, closed
    // Wartime flow.
    case reporting, firstResponse, response, coordination, escalation, ended

    package var mode: OperatingMode {
        switch self {
        case .received, .notified, .handling, .feedback, .closed: .normal
        case .reporting, .firstResponse, .response, .coordination, .escalation, .ended: .wartime
        }
    }

    /// The last stage of its flow: nothing about the incident changes after it.
    package var isFinal: Bool { self == .closed || self == .ended }

    package var name: String {
        switch self {
        case .received: "接警"
        case .notified: "通知"
        case .handling: "处置"
        case .feedback: "反馈"
        case .closed: "办结"
        case .reporting: "信息报告"
        case .firstResponse: "先期处置"
        case .response: "应急响应"
        case .coordination: "指挥协调"
        case .escalation: "扩大应急"
        case .ended: "应急结束"
        }
    }
}
