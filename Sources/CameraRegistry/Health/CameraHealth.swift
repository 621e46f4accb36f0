import Foundation
import GatewayCore

/// 在线状态.
package enum HealthState: String, Sendable, Hashable, Codable, CaseIterable {
    case unknown, online, degraded, offline

    package var chineseName: String {
        switch self {
        case .unknown: "未检测"
        case .online: "在线"
        case .degraded: "画面异常"
        case .offline: "离线"
        }
    }
}

/// What is known of a point's health, and what the next probe is judged against.
package struct CameraHealth: Hashable, Sendable {
    package var state: HealthState
    /// When it came into ``state``; `nil` while it is still unknown.
    package var since: Date?
    /// A sentence for a person.
    package var reason: String?
    /// Failures in a row; three make the point offline.
    package var failures: Int
    package var lastProbe: LastProbe?
    /// 256 bytes of the last good probe of each stream, to tell a frozen picture.
    package var signatures: [StreamRole: [UInt8]]
    /// Likenesses in a row, of each stream.
    package var stillProbes: [StreamRole: Int]

    package struct LastProbe: Hashable, Sendable {
        package var outcome: ProbeOutcome
        package var at: Date
        package var detail: String

        package init(outcome: ProbeOutcome, at: Date, detail: String) {
            self.outcome = outcome
            self.at = at
            self.detail = detail
        }
    }

    package static let unknown = CameraHealth(state: .unknown)

    package init(
        state: HealthState, since: Date? = nil, reason: String? = nil, failures: Int = 0, lastProbe: LastProbe? = nil,
        signatures: [StreamRole: [UInt8]] = [:], stillProbes: [StreamRole: Int] = [:]
    ) {
        self.state = state
        self.since = since
        self.reason = reason
        self.failures = failures
        self.lastProbe = lastProbe
        self.signatures = signatures
        self.stillProbes = stillProbes
    }
}

/// A recorder's or platform's own health: one fault, however many points hang on it.
package struct IntermediaryHealth: Hashable, Sendable {
    package var isReachable: Bool
    package var since: Date
    package var reason: String?

    package init(isReachable: Bool, since: Date, reason: String? = nil) {
        self.isReachable = isReachable
        self.since = since
        self.reason = reason
    }
}

/// A change of state that a store has written, with its event.
package struct HealthChange: Hashable, Sendable {
    package var cameraPoint: CameraPointID
    package var before: HealthState
    package var after: CameraHealth

    package init(cameraPoint: CameraPointID, before: HealthState, after: CameraHealth) {
        self.cameraPoint = cameraPoint
        self.before = before
        self.after = after
    }
}
