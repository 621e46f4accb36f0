import Footage
import GatewayCore
import VideoDispatch

/// How the recordings of one incident's links fare, from the footage index.
struct Recordings: Sendable {
    private let open: [LinkID: Run]
    private let stopped: [LinkID: GapReason]

    init(_ incident: IncidentID, _ services: Services) async throws {
        let (runs, gaps) = try await services.footage.footage(of: incident)
        open = Dictionary(runs.filter { $0.endedAt == nil }.map { ($0.link, $0) }, uniquingKeysWith: { _, last in last })
        let reported = gaps.filter { $0.to == nil && [.diskReserve, .writeFailed].contains($0.reason) }.map { ($0.link, $0.reason) }
        stopped = Dictionary(reported, uniquingKeysWith: { _, last in last }).merging(services.footage.stopped()) { _, now in now }
    }

    func state(of link: Link) -> LinkBody.Recording {
        guard link.record else { return .init(state: "off", runId: nil) }
        switch stopped[link.id] {
        case .diskReserve: return .init(state: "stoppedDiskFull", runId: nil)
        case .writeFailed: return .init(state: "stoppedWriteFailed", runId: nil)
        case .noSignal, .overflow, .daemonStopped, nil: break
        }
        if let run = open[link.id] { return .init(state: "recording", runId: run.id.rawValue) }
        return .init(state: "off", runId: nil)
    }
}
