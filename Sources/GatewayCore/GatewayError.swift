/// An error as the whole gateway speaks of it: what was tried, on what, what happened, what to do.
///
/// Modules throw their own typed errors at the leaves; whatever crosses a module's border towards a person is one of
/// these. `message` and `remedy` are safe to show: no credential, no ticket, no internal path.
package struct GatewayError: Error, Sendable, CustomStringConvertible {
    /// What the caller may do about it.
    package enum Code: String, Sendable, Codable {
        case invalid, unauthenticated, forbidden, notFound, conflict, unavailable, tooMany, tooLarge, timeout, cancelled, failed
    }

    package let code: Code
    /// A stable machine word for this very case, in camelCase: `placeTypeBanned`, `stageNotAllowed`.
    package let reason: String
    /// One sentence for a person, Chinese or English as the surface has it.
    package let message: String
    /// What to do about it, if anything can be done.
    package let remedy: String?
    /// Machine-readable particulars: allowed stages, offending field, line and column.
    package let details: [String: String]

    package init(_ code: Code, _ reason: String, _ message: String, remedy: String? = nil, details: [String: String] = [:]) {
        self.code = code
        self.reason = reason
        self.message = message
        self.remedy = remedy
        self.details = details
    }

    package var description: String { remedy.map { "\(reason): \(message) (\($0))" } ?? "\(reason): \(message)" }
}
