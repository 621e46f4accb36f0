import Foundation
import GatewayCore

/// The register of who looked at what: append-only, hash-chained, kept three years.
package protocol ViewingRegister: Sendable {
    /// Writes the rows in one transaction, in order. A view ends once: a second `viewEnded` of a view is left out.
    func append(_ drafts: [ViewingDraft]) async throws
    /// Newest first. `cursor` is the number of the last row of the page before.
    func records(_ query: ViewingQuery, limit: Int, cursor: Int64?) async throws -> ViewingPage
    /// Ends the views that a killed gateway left open, with this reason; returns how many.
    func endOpenViews(at date: Date, reason: String) async throws -> Int
    /// Reads the whole register and holds every row to its hash; the number of the first row that fails, if one does.
    func verify() async throws -> ViewingVerification
    /// Removes rows older than `date`, oldest first; younger ones than ``ViewingRecord/retentionDays`` stay whatever it says.
    func prune(before date: Date) async throws -> Int
}

package struct ViewingQuery: Sendable, Hashable {
    package var account: AccountID?
    package var cameraPoint: CameraPointID?
    package var incident: IncidentID?
    /// From this time on.
    package var from: Date?
    /// Before this time.
    package var to: Date?

    package init(
        account: AccountID? = nil, cameraPoint: CameraPointID? = nil, incident: IncidentID? = nil, from: Date? = nil,
        to: Date? = nil
    ) {
        self.account = account
        self.cameraPoint = cameraPoint
        self.incident = incident
        self.from = from
        self.to = to
    }
}

package struct ViewingPage: Sendable {
    package let items: [ViewingRecord]
    package let nextCursor: Int64?
    package let total: Int

    package init(items: [ViewingRecord], nextCursor: Int64?, total: Int) {
        self.items = items
        self.nextCursor = nextCursor
        self.total = total
    }
}

package struct ViewingVerification: Sendable, Hashable {
    package let records: Int64
    /// Number of the first row that is not what was written.
    package let fault: Int64?
    package var isValid: Bool { fault == nil }

    package init(records: Int64, fault: Int64?) {
        self.records = records
        self.fault = fault
    }
}
