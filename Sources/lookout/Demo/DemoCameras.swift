import CameraRegistry
import CameraSimulator
import FFmpegMedia
import Foundation
import GatewayCore

/// What the demo's simulator plays: every stream of every live-capable point, at the address that its row gives.
struct DemoCameras {
    /// A point's picture in one codec; its streams of that codec share it.
    private struct Picture: Hashable {
        let index: Int
        let codec: VideoCodec
    }

    private let listings: [CameraPointListing]
    private let vault: CredentialVault
    private let pictures: [Picture]

    /// In the order of the codes, which is that of the files.
    init(_ listings: [CameraPointListing], vault: CredentialVault) {
        let live = listings.filter(\.point.isLiveCapable)
        self.listings = live
        self.vault = vault
        pictures = live.enumerated().flatMap { index, listing in
            VideoCodec.allCases.filter { codec in listing.point.streams.contains { Self.codec($0) == codec } }
                .map { Picture(index: index, codec: $0) }
        }
    }

    var clips: [TestClip] {
        pictures.map { picture in
            let point = listings[picture.index].point
            return TestClip(
                name: point.name, number: String(point.gbCode.description.suffix(6)), scene: picture.index, codec: picture.codec)
        }
    }

    /// - Parameter files: one for each of ``clips``.
    func manifest(files: [URL]) -> SimulatorManifest {
        let paths = Dictionary(uniqueKeysWithValues: zip(pictures, files.map(\.path)))
        var cameras: [SimulatedCameraDescription] = []
        for (index, listing) in listings.enumerated() {
            for stream in listing.point.streams {
                let codec = Self.codec(stream)
                guard let path = paths[Picture(index: index, codec: codec)] else { continue }
                let feed = FeedID(cameraPoint: listing.point.id, stream: stream.role)
                let credentials = stream.credentials.flatMap { try? vault.open($0, of: feed) }
                cameras.append(
                    SimulatedCameraDescription(
                        url: stream.url.unredacted, clips: [path], codec: codec,
                        framesPerSecond: TestClip.framesPerSecond, authentication: credentials.map { Self.guarding(index, $0) }))
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
