import CameraRegistry
import GatewayCore

/// The ground that a camera sees, as its dossier has it: a sector around its azimuth.
package struct ViewSector: Sendable, Hashable {
    package var azimuth: Double?
    /// Horizontal, degrees.
    package var fieldOfView: Double?
    /// Metres.
    package var range: Double?
    /// A dome can be turned to any azimuth.
    package var canTurn: Bool

    package init(azimuth: Double?, fieldOfView: Double?, range: Double?, canTurn: Bool) {
        self.azimuth = azimuth
        self.fieldOfView = fieldOfView
        self.range = range
        self.canTurn = canTurn
    }

    package init(of point: CameraPoint) {
        self.init(
            azimuth: point.azimuth, fieldOfView: point.fieldOfView, range: point.visibleRange, canTurn: point.mount == .dome)
    }

    /// How the sector lies to a spot.
    package enum Coverage: Sendable, Hashable {
        case inView
        /// In reach, but the camera must be turned first.
        case inReachOfDome
        case beyondRange
        case lookingAway
        /// The dossier does not say enough.
        case unknown

        package var coversSpot: Bool? {
            switch self {
            case .inView, .inReachOfDome: true
            case .beyondRange, .lookingAway: false
            case .unknown: nil
            }
        }
    }

    /// - Parameters:
    ///   - distance: metres from the camera to the spot.
    ///   - bearing: degrees from the camera to the spot.
    package func coverage(distance: Double, bearing: Double) -> Coverage {
        if let range, distance > range { return .beyondRange }
        let faces = facing(distance: distance, bearing: bearing)
        if faces == false { return canTurn ? (range == nil ? .unknown : .inReachOfDome) : .lookingAway }
        guard range != nil else { return .unknown }
        if faces == true { return .inView }
        return canTurn ? .inReachOfDome : .unknown
    }

    /// Whether the azimuth holds the spot; `nil` if the dossier does not say, or the spot is at the camera's foot.
    private func facing(distance: Double, bearing: Double) -> Bool? {
        if let fieldOfView, fieldOfView >= 360 { return true }
        guard let azimuth, let fieldOfView, distance >= 3 else { return nil }
        var off = (bearing - azimuth).truncatingRemainder(dividingBy: 360)
        if off < -180 { off += 360 }
        if off > 180 { off -= 360 }
        return abs(off) <= fieldOfView / 2
    }
}
