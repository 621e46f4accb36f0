import Accounts
import CameraRegistry
import GatewayCore

/// `security-companies`, `departments`, `intermediaries`.
struct OrganisationRoutes {
    struct CompanyBody: Encodable, Sendable {
        var id: String
        var name: String
        var licenceKind: String
        var licenceNumber: String
        var licenceIssuer: String
        /// `null`: 长期.
        @OrNull var licenceValidUntil: String?
        var contact: String
        var phone: String

        init(_ company: SecurityCompany) {
            id = company.id.rawValue
            name = company.name
            licenceKind = company.licenceKind
            licenceNumber = company.licenceNumber
            licenceIssuer = company.licenceIssuer
            licenceValidUntil = company.licenceValidUntil?.description
            contact = company.contact
            phone = company.phone
        }
    }

    struct DepartmentBody: Encodable, Sendable {
        /// Departments are known by their name.
        var id: String
        var name: String
        var pointCount: Int
    }

    struct IntermediaryBody: Encodable, Sendable {
        struct Health: Encodable, Sendable {
            var isReachable: Bool
            var since: String
            @OrNull var reason: String?
        }

        var id: String
        var name: String
        @OrNull var gbCode: String?
        var kind: String
        var channels: Int
        @OrNull var address: String?
        var leadDepartment: String
        @OrNull var contact: String?
        /// Where it is reached; of the points' addresses the same rule holds.
        @OrNull var host: String?
        @OrNull var port: Int?
        @OrNull var health: Health?
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.get, "security-companies", .right(.organisation, .read)) { call in
            var companies = try await services.points.securityCompanies()
            if call.caller.scope(.organisation, .read) != .all {
                companies = companies.filter { $0.id == call.caller.account.securityCompany }
            }
            return try .json(ListBody(whole: companies.map(CompanyBody.init)))
        }
        table.on(.get, "departments", .right(.organisation, .read)) { call in
            var departments = try await services.points.leadDepartments()
            if call.caller.scope(.organisation, .read) != .all {
                departments = departments.filter { $0.name == call.caller.account.unit }
            }
            return try .json(
                ListBody(whole: departments.map { DepartmentBody(id: $0.name, name: $0.name, pointCount: $0.pointCount) }))
        }
        table.on(.get, "intermediaries", .right(.organisation, .read)) { call in
            guard call.caller.scope(.organisation, .read) == .all else {
                return try .json(ListBody<IntermediaryBody>(whole: []))
            }
            let health = try await services.points.intermediaryHealth()
            let items = try await services.points.intermediaries().map { Self.body(of: $0, health[$0.id], call.caller) }
            return try .json(ListBody(whole: items))
        }
    }

    private static func body(of intermediary: Intermediary, _ health: IntermediaryHealth?, _ caller: Caller) -> IntermediaryBody {
        let seesAddress =
            switch caller.scope(.streamAddress, .read) {
            case .all: true
            case .own: intermediary.leadDepartment == caller.account.unit
            case .governmentBuilt, .shared, nil: false
            }
        return IntermediaryBody(
            id: intermediary.id.rawValue, name: intermediary.name, gbCode: intermediary.gbCode?.digits,
            kind: intermediary.kind.rawValue, channels: intermediary.channels, address: intermediary.address,
            leadDepartment: intermediary.leadDepartment, contact: intermediary.contact,
            host: seesAddress ? intermediary.host : nil, port: seesAddress ? intermediary.port : nil,
            health: health.map {
                .init(isReachable: $0.isReachable, since: WireCoding.text(of: $0.since), reason: $0.reason)
            })
    }
}
