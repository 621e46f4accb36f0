import Accounts
import CameraRegistry
import GatewayCore
import IncidentCommand

/// Which events a caller is told: those about things that it may read. Asked for each event, so a right that was taken away
/// holds at once.
struct EventDisclosure: Sendable {
    let caller: Caller
    let points: any CameraPointStore

    func shows(_ event: Event) async throws -> Bool {
        guard caller.scope(.event, .read) != nil, let resource = Self.resource(of: event.kind),
            let scope = caller.scope(resource, .read)
        else { return false }
        switch scope {
        case .all: return true
        case .own:
            guard let id = event.cameraPoint, let listing = try await points.cameraPoint(id) else { return false }
            return PointDisclosure(caller: caller).reaches(listing.point)
        // What is shared with a unit is told to it by a directive, of which there are none yet.
        case .governmentBuilt, .shared: return false
        }
    }

    /// A kind that is not known here is told to nobody.
    private static func resource(of kind: EventKind) -> Resource? {
        switch kind {
        case .incidentOpened, .incidentChanged, .incidentEnded: return .incident
        case .linkCreated, .linkEnded: return .link
        case .journalAppended: return .journal
        case .recordingStopped: return .footage
        case .feedState: return .feed
        case .accountChanged: return .account
        case .cameraHealth: return .cameraPoint
        default: break
        }
        switch kind.rawValue.prefix(while: { $0 != "." }) {
        case "camera", "cameraPoint": return .cameraPoint
        case "intermediary", "securityCompany": return .organisation
        case "link": return .link
        case "recording": return .footage
        default: return nil
        }
    }
}
