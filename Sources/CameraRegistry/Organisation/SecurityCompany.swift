import GatewayCore

/// A qualified security-service company (安防公司) through which points are brought in.
package struct SecurityCompany: Hashable, Sendable, Identifiable {
    package let id: SecurityCompanyID
    package var name: String
    /// Kind of qualification, e.g. 保安服务许可证.
    package var licenceKind: String
    package var licenceNumber: String
    package var licenceIssuer: String
    /// `nil` is 长期: without end.
    package var licenceValidUntil: CalendarDay?
    package var contact: String
    package var phone: String

    package init(
        id: SecurityCompanyID = .random(), name: String, licenceKind: String, licenceNumber: String, licenceIssuer: String,
        licenceValidUntil: CalendarDay? = nil, contact: String, phone: String
    ) {
        self.id = id
        self.name = name
        self.licenceKind = licenceKind
        self.licenceNumber = licenceNumber
        self.licenceIssuer = licenceIssuer
        self.licenceValidUntil = licenceValidUntil
        self.contact = contact
        self.phone = phone
    }

    /// An expired licence suspends the company's points from new links; the last day itself is still good.
    package func hasValidLicence(on day: CalendarDay) -> Bool { licenceValidUntil.map { day <= $0 } ?? true }
}
