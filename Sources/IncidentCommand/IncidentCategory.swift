/// What kind of thing happened.
package enum IncidentCategory: String, Sendable, Codable, Hashable, CaseIterable {
    case naturalDisaster, accident, publicHealth, socialSafety, crime, traffic, rescue, other

    /// The four kinds of emergency for which county plans exist; nothing else starts wartime mode.
    package var startsCountyPlan: Bool {
        switch self {
        case .naturalDisaster, .accident, .publicHealth, .socialSafety: true
        case .crime, .traffic, .rescue, .other: false
        }
    }

    package var name: String {
        switch self {
        case .naturalDisaster: "自然灾害"
        case .accident: "事故灾难"
        case .publicHealth: "公共卫生事件"
        case .socialSafety: "社会安全事件"
        case .crime: "刑事治安"
        case .traffic: "交通事故"
        case .rescue: "救助"
        case .other: "其他"
        }
    }
}
