import Footage
import GatewayCore
import VideoDispatch

/// How the recordings of one incident's links fare, from the footage index.
struct Recordings: Sendable {
    private let open: [LinkID: Run]
    private let stopped: Set<LinkID>

    init(_ incident: IncidentID, _ services: Services) async throws {
        let (runs, gaps) = try await services.footage.footage(of: incident)
        open = Dictionary(runs.filter { $0.endedAt == nil }.map { ($0.link, $0) }, uniquingKeysWith: { _, last in last })
        stopped = Set(gaps.filter { $0.to == nil && $0.reason == .diskReserve }.map(\.link))
    }

    func state(of link: Link) -> LinkBody.Recording {
        guard link.record else { return .init(state: "off", runId: nil) }
        if let run = open[link.id] { return .init(state: "recording", runId: run.id.rawValue) }
        return .init(state: stopped.contains(link.id) ? "stoppedDiskFull" : "off", runId: nil)
    }
}
