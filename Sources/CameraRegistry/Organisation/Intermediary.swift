import GatewayCore

/// A recorder or a department's platform that carries several points (接入中介). Its failure is one fault, not forty.
package struct Intermediary: Hashable, Sendable, Identifiable {
    package enum Kind: String, DossierTerm {
        case nvr, dvr, platform

        package var chineseName: String {
            switch self {
            case .nvr: "网络录像机"
            case .dvr: "硬盘录像机"
            case .platform: "部门平台"
            }
        }
    }

    package let id: IntermediaryID
    package var name: String
    package var gbCode: GBCode?
    package var kind: Kind
    package var host: String
    package var port: Int
    package var channels: Int
    package var address: String?
    package var leadDepartment: String
    package var contact: String?

    package init(
        id: IntermediaryID = .random(), name: String, gbCode: GBCode? = nil, kind: Kind, host: String, port: Int = 554,
        channels: Int, address: String? = nil, leadDepartment: String, contact: String? = nil
    ) {
        self.id = id
        self.name = name
        self.gbCode = gbCode
        self.kind = kind
        self.host = host
        self.port = port
        self.channels = channels
        self.address = address
        self.leadDepartment = leadDepartment
        self.contact = contact
    }
}
