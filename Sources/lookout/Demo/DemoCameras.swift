import CameraRegistry
import Foundation
import GatewayCore
import SimulatorManifest

/// What the demo's simulator plays: every stream of every live-capable point, at the address that its row gives.
struct DemoCameras {
    private let listings: [CameraPointListing]
    private let vault: CredentialVault

    /// In the order of the codes, which is that of the files.
    init(_ listings: [CameraPointListing], vault: CredentialVault) {
        self.listings = listings.filter(\.point.isLiveCapable)
        self.vault = vault
    }

    var manifest: SimulatorManifest {
        var cameras: [SimulatedCameraDescription] = []
        for (index, listing) in listings.enumerated() {
            let point = listing.point
            let scene = ClipScene(name: point.name, number: String(point.gbCode.description.suffix(6)), scene: index)
            for stream in point.streams {
                let feed = FeedID(cameraPoint: point.id, stream: stream.role)
                let credentials = stream.credentials.flatMap { try? vault.open($0, of: feed) }
                cameras.append(
                    SimulatedCameraDescription(
                        url: stream.url.unredacted, scene: scene, codec: Self.codec(stream),
                        authentication: credentials.map { Self.guarding(index, $0) }))
            }
        }
        return SimulatorManifest(cameras: cameras)
    }

    /// What the dossier says; H.264 where it is silent.
    private static func codec(_ stream: CameraStream) -> VideoCodec { stream.codec ?? .h264 }

    /// Cameras that have a password demand it in turn by Digest with MD5, Digest with SHA-256, both, and Basic.
    private static func guarding(_ index: Int, _ credentials: StreamCredentials) -> SimulatedCameraDescription.Authentication {
        let schemes = SimulatedCameraDescription.Scheme.allCases
        return .init(scheme: schemes[index % schemes.count], username: credentials.username, password: credentials.password)
    }
}
