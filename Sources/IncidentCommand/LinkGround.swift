/// Why a private camera point may be linked to an incident (Order 799; the gateway's rule against sham incidents).
package enum LinkGround: String, Sendable, Codable, Hashable, CaseIterable {
    case dangerToLife, disaster, accident, publicHealth, crimeInProgress

    package var name: String {
        switch self {
        case .dangerToLife: "人身或财产危险"
        case .disaster: "灾害"
        case .accident: "事故"
        case .publicHealth: "公共卫生"
        case .crimeInProgress: "正在发生的违法犯罪"
        }
    }
}
