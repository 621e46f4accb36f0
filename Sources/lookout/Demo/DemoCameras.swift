import CameraRegistry
import CameraSimulator
import FFmpegMedia
import Foundation
import GatewayCore

/// What the demo's simulator plays: every stream of every live-capable point, at the address that its row gives.
struct DemoCameras {
    /// A twelfth of the points sends H.265.
    private static let h265Share = 12

    let listings: [CameraPointListing]
    let vault: CredentialVault

    /// In the order of the codes, which is that of the files.
    init(_ listings: [CameraPointListing], vault: CredentialVault) {
        self.listings = listings.filter(\.point.isLiveCapable)
        self.vault = vault
    }

    var clips: [TestClip] {
        listings.enumerated().map { index, listing in
            TestClip(
                name: listing.point.name, number: String(listing.point.gbCode.description.suffix(6)), scene: index,
                codec: Self.codec(index))
        }
    }

    /// - Parameter files: one for each of ``clips``.
    func manifest(files: [URL]) -> SimulatorManifest {
        var cameras: [SimulatedCameraDescription] = []
        for (index, (listing, file)) in zip(listings, files).enumerated() {
            for stream in listing.point.streams {
                let feed = FeedID(cameraPoint: listing.point.id, stream: stream.role)
                let credentials = stream.credentials.flatMap { try? vault.open($0, of: feed) }
                cameras.append(
                    SimulatedCameraDescription(
                        url: stream.url.description, clips: [file.path], codec: Self.codec(index),
                        framesPerSecond: TestClip.framesPerSecond, authentication: credentials.map { Self.guarding(index, $0) }))
            }
        }
        return SimulatorManifest(cameras: cameras)
    }

    private static func codec(_ index: Int) -> VideoCodec { index % h265Share == h265Share - 1 ? .h265 : .h264 }

    /// Cameras that have a password demand it in turn by Digest with MD5, Digest with SHA-256, both, and Basic.
    private static func guarding(_ index: Int, _ credentials: StreamCredentials) -> SimulatedCameraDescription.Authentication {
        let schemes = SimulatedCameraDescription.Scheme.allCases
        return .init(scheme: schemes[index % schemes.count], username: credentials.username, password: credentials.password)
    }
}
