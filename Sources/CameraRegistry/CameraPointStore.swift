import Foundation
import GatewayCore

/// Where camera points, their organisations, their health and their probes rest.
///
/// One method is one use case and one transaction: the change and its event are written together or not at all. Errors
/// are ``GatewayError``: `notFound` for an unknown identity, `conflict` with reason `gbCodeTaken` for a doubled code.
package protocol CameraPointStore: Sendable {
    func cameraPoints(_ query: CameraPointQuery) async throws -> CameraPointPage
    /// Every point there is, by code: for the in-memory directory and the prober.
    func allCameraPoints() async throws -> [CameraPointListing]
    func cameraPoint(_ id: CameraPointID) async throws -> CameraPointListing?
    func cameraPoint(code: GBCode) async throws -> CameraPointListing?
    /// Points with a location within `radius` metres, nearest first.
    func cameraPoints(near centre: GeoPoint, radius: Double, limit: Int) async throws -> [CameraPointListing]

    func createCameraPoint(_ point: CameraPoint, by account: AccountID?) async throws -> CameraPointListing
    /// Runs `change` on the stored point inside the transaction; what it throws undoes everything.
    func updateCameraPoint(
        _ id: CameraPointID, by account: AccountID?, change: @Sendable (inout CameraPoint) throws -> Void
    ) async throws -> CameraPointListing
    func deleteCameraPoint(_ id: CameraPointID, by account: AccountID?) async throws
    /// All or nothing. `merge` is given what is stored and answers what to insert and what to replace; it runs inside the
    /// transaction, so nothing comes between reading and writing.
    func importCameraPoints(
        by account: AccountID?, merge: @Sendable (RegistrySnapshot) throws -> RegistryChanges
    ) async throws -> RegistryChanges.Counts

    /// Writes the report, moves the point's health by ``HealthMachine``, and writes a `camera.health` event if the state
    /// changed; answers that change.
    func saveProbe(_ report: ProbeReport, of feed: FeedID) async throws -> HealthChange?
    /// Newest first.
    func probeHistory(of id: CameraPointID, limit: Int) async throws -> [ProbeRecord]
    func health() async throws -> [CameraPointID: CameraHealth]
    /// Writes whether the intermediary answers, with one `intermediary.health` event if that changed.
    func saveIntermediaryHealth(_ id: IntermediaryID, isReachable: Bool, reason: String?, at: Date) async throws
    func intermediaryHealth() async throws -> [IntermediaryID: IntermediaryHealth]

    func intermediaries() async throws -> [Intermediary]
    func securityCompanies() async throws -> [SecurityCompany]
    func leadDepartments() async throws -> [LeadDepartment]

    func sealedCredentials(of feed: FeedID) async throws -> SealedCredentials?
    func setSealedCredentials(_ credentials: SealedCredentials?, of feed: FeedID) async throws
}

/// A probe as history shows it.
package struct ProbeRecord: Sendable {
    package var feed: FeedID
    package var report: ProbeReport

    package init(feed: FeedID, report: ProbeReport) {
        self.feed = feed
        self.report = report
    }
}

/// What an import is merged into.
package struct RegistrySnapshot: Sendable {
    package var points: [GBCode: CameraPoint]
    package var intermediaries: [String: Intermediary]
    package var securityCompanies: [String: SecurityCompany]

    package init(
        points: [GBCode: CameraPoint] = [:], intermediaries: [String: Intermediary] = [:],
        securityCompanies: [String: SecurityCompany] = [:]
    ) {
        self.points = points
        self.intermediaries = intermediaries
        self.securityCompanies = securityCompanies
    }
}

/// What an import writes.
package struct RegistryChanges: Sendable, Hashable {
    package var inserted: [CameraPoint] = []
    package var replaced: [CameraPoint] = []
    package var intermediaries: [Intermediary] = []
    package var securityCompanies: [SecurityCompany] = []
    package var unchanged = 0

    package init() {}

    package var counts: Counts {
        Counts(
            inserted: inserted.count, changed: replaced.count, unchanged: unchanged,
            organisations: intermediaries.count + securityCompanies.count)
    }

    package struct Counts: Sendable, Hashable {
        package var inserted: Int
        package var changed: Int
        package var unchanged: Int
        /// Intermediaries and security companies inserted or changed.
        package var organisations: Int

        package init(inserted: Int, changed: Int, unchanged: Int, organisations: Int) {
            self.inserted = inserted
            self.changed = changed
            self.unchanged = unchanged
            self.organisations = organisations
        }
    }
}
