import Accounts
import CameraRegistry
import GatewayCore

/// What of camera points a caller gets to see: the one place that turns scopes of the permission table into points and
/// fields. Credentials are not a matter of disclosure: no answer has a place for them.
struct PointDisclosure: Sendable {
    let caller: Caller

    /// The query within what the caller may read, whatever it asked for.
    func narrowed(_ query: CameraPointQuery) -> CameraPointQuery? {
        var query = query
        switch caller.scope(.cameraPoint, .read) {
        case .all: return query
        case .own:
            if caller.role == .securityCompany {
                guard let own = caller.account.securityCompany, query.securityCompany ?? own == own else { return nil }
                query.securityCompany = own
            } else {
                guard !caller.account.unit.isEmpty, query.leadDepartment ?? caller.account.unit == caller.account.unit else {
                    return nil
                }
                query.leadDepartment = caller.account.unit
            }
            return query
        case .governmentBuilt, .shared, nil: return nil
        }
    }

    /// Whether the caller's right of this kind reaches the point.
    func reaches(_ point: CameraPoint, _ resource: Resource = .cameraPoint, _ action: Action = .read) -> Bool {
        switch caller.scope(resource, action) {
        case .all: true
        case .own: owns(point)
        case .governmentBuilt: !point.isPrivate
        case .shared, nil: false
        }
    }

    /// - Throws: `notFound` for a point that the caller may not even know of, `forbidden` for one it may read but not so.
    func require(_ point: CameraPoint, _ resource: Resource = .cameraPoint, _ action: Action = .read) throws(GatewayError) {
        if reaches(point, resource, action) { return }
        guard reaches(point) else { throw Self.unknown(point.id) }
        throw GatewayError(
            .forbidden, "notYourPoint", "「\(point.name)」不在贵单位的权限范围内。", remedy: "请联系\(point.leadDepartment)。",
            details: ["cameraPoint": point.id.rawValue])
    }

    var showsOwnerContact: Bool { caller.scope(.ownerContact, .read) != nil }

    func showsStreamAddress(of point: CameraPoint) -> Bool { reaches(point, .streamAddress, .read) }

    static func unknown(_ id: CameraPointID) -> GatewayError {
        GatewayError(.notFound, "cameraPointNotFound", "没有该监控点位。", details: ["cameraPoint": id.rawValue])
    }

    private func owns(_ point: CameraPoint) -> Bool {
        switch caller.role {
        case .securityCompany: caller.account.securityCompany != nil && point.securityCompany == caller.account.securityCompany
        case .leadDepartment: !caller.account.unit.isEmpty && point.leadDepartment == caller.account.unit
        default: false
        }
    }
}
