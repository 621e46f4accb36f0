import CameraRegistry

/// Why a link ended.
package enum LinkEnd: String, Sendable, Codable, CaseIterable {
    case unlinked, expired, incidentEnded
    /// The point was deleted or marked removed.
    case pointRemoved
    /// The point went to repair: it is expected back, and may be linked again then.
    case pointInRepair
    /// The point no longer has a stream to watch.
    case pointWithoutStream

    package var chineseName: String {
        switch self {
        case .unlinked: "人工取消"
        case .expired: "到期未续"
        case .incidentEnded: "事件结束"
        case .pointRemoved: "点位撤除"
        case .pointInRepair: "点位维修"
        case .pointWithoutStream: "点位无码流"
        }
    }

    /// Why links of this point cannot go on; `nil` if they can.
    package init?(lossOf point: CameraPoint) {
        switch point.status {
        case .removed: self = .pointRemoved
        case .repair: self = .pointInRepair
        case .inUse where !point.accessMethod.hasStream || point.streams.isEmpty: self = .pointWithoutStream
        case .inUse: return nil
        }
    }
}
