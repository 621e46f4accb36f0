import GatewayCore

/// The coded fields of a dossier. Each has a Chinese name, by which inventory files write it, and a number or word of the
/// national rule where there is one.
package protocol DossierTerm: RawRepresentable, CaseIterable, Sendable, Hashable {
    var chineseName: String { get }
}

extension DossierTerm where RawValue == String {
    package static func named(_ text: String) -> Self? { allCases.first { $0.chineseName == text || $0.rawValue == text } }
}

extension DossierTerm where RawValue == Int {
    package static func named(_ text: String) -> Self? { allCases.first { $0.chineseName == text || String($0.rawValue) == text } }
}

/// 点位类型: class 1, 2, 3, or 9 for every other.
package enum PointClass: Int, DossierTerm {
    case first = 1
    case second = 2
    case third = 3
    case other = 9

    package var chineseName: String {
        switch self {
        case .first: "一类点"
        case .second: "二类点"
        case .third: "三类点"
        case .other: "其他"
        }
    }
}

/// What of a place the camera sees. `interior` is the last choice for a link and asks for a reason.
package enum Coverage: String, DossierTerm {
    case street, entrance, interior

    package var chineseName: String {
        switch self {
        case .street: "街面"
        case .entrance: "出入口"
        case .interior: "室内"
        }
    }
}

/// PTZ type of GB/T 28181: 1 dome, 2 half-dome, 3 fixed, 4 remote box.
package enum MountType: Int, DossierTerm {
    case dome = 1
    case halfDome = 2
    case fixed = 3
    case remoteBox = 4

    package var chineseName: String {
        switch self {
        case .dome: "球机"
        case .halfDome: "半球"
        case .fixed: "固定枪机"
        case .remoteBox: "遥控枪机"
        }
    }
}

/// Supplementary light of GB/T 28181: 1 none, 2 infrared, 3 white.
package enum SupplementaryLight: Int, DossierTerm {
    case absent = 1
    case infrared = 2
    case white = 3

    package var chineseName: String {
        switch self {
        case .absent: "无补光"
        case .infrared: "红外补光"
        case .white: "白光补光"
        }
    }
}

package enum PointStatus: String, DossierTerm {
    case inUse, repair, removed

    package var chineseName: String {
        switch self {
        case .inUse: "在用"
        case .repair: "维修"
        case .removed: "拆除"
        }
    }
}

/// A coordinate as it stood in the file, in the file's datum.
package struct OriginalLocation: Hashable, Sendable {
    package var longitude: Double
    package var latitude: Double
    package var datum: Datum

    package init(longitude: Double, latitude: Double, datum: Datum) {
        self.longitude = longitude
        self.latitude = latitude
        self.datum = datum
    }
}
