import FFmpegMedia
import Foundation
import GatewayCore
import SimulatorManifest

extension PacketizedClip {
    /// Reads and packetizes one of a camera's clips. Blocks: for the thread pool.
    static func load(_ camera: SimulatedCameraDescription, clip index: Int) throws -> PacketizedClip {
        guard camera.clips.indices.contains(index) else {
            throw GatewayError(.notFound, "clip", "the simulated camera \(camera.url) has no clip")
        }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: camera.clips[index]))
        let stream = try AnnexBClip(stream: [UInt8](bytes), codec: camera.codec, framesPerSecond: camera.framesPerSecond)
        let clip = PacketizedClip(
            codec: camera.codec, framesPerSecond: camera.framesPerSecond, parameterSets: stream.parameterSets,
            pictures: stream.accessUnits.map { ($0.nalUnits, $0.isKey) }, marks: camera.fault != .noMarker)
        guard let clip else {
            throw GatewayError(
                .invalid, "clip", "a clip of the simulated camera \(camera.url) has no key frame, or its rate is not 1 to 120")
        }
        return clip
    }
}
