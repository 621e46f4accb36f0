import Foundation
import GatewayCore

/// One change of the footage index.
package enum FootageChange: Sendable, Hashable {
    case runOpened(Run)
    /// Bytes of whole fragments now in the file.
    case runGrew(RunID, playableBytes: Int64)
    case runEnded(RunID, at: Date, playableBytes: Int64, reason: RunEnd)
    case marked(GOPMark)
    case gapOpened(Gap)
    case gapClosed(GapID, at: Date)
    /// Recording of a link stopped though it should go on: becomes an event that people see.
    case alarm(incident: IncidentID, link: LinkID, cameraPoint: CameraPointID, at: Date, reason: GapReason)
}

/// The index of what was recorded.
package protocol FootageStore: Sendable {
    /// Applies the changes in one transaction. Blocks its thread: called on the footage thread only.
    func apply(_ changes: [FootageChange]) throws

    /// Runs that are not ended, each with its last GOP mark: after a start those that a dead daemon left behind.
    func openRuns() async throws -> [(run: Run, lastMark: GOPMark?)]
    func openGaps() async throws -> [Gap]
    /// What ``apply(_:)`` does, for callers on the cooperative pool.
    func commit(_ changes: [FootageChange]) async throws

    func run(_ id: RunID) async throws -> Run?
    /// Oldest first.
    func runs(of incident: IncidentID) async throws -> [Run]
    func gaps(of incident: IncidentID) async throws -> [Gap]
}
