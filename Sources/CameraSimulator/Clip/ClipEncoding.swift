import FFmpegMedia
import Foundation
import GatewayCore
import SimulatorManifest

extension SimulatorManifest {
    /// The manifest with a clip for every camera that has a scene. Clips that are missing in `folder` are encoded; cameras
    /// of the same scene and codec share one.
    ///
    /// - Parameter progress: called after each clip, on any thread.
    package func encoded(
        into folder: URL, progress: @Sendable @escaping (_ done: Int, _ total: Int) -> Void
    ) async throws -> SimulatorManifest {
        let needed = cameras.map { camera in
            camera.scene.map { TestClip(name: $0.name, number: $0.number, scene: $0.scene, codec: camera.codec) }
        }
        let clips = Array(Set(needed.compactMap { $0 })).sorted { $0.fileName < $1.fileName }
        let threads = MediaThreads(name: "clips", count: ProcessInfo.processInfo.activeProcessorCount)
        let files = try await TestClip.write(clips, into: folder, on: threads, progress: progress)
        await threads.shutdown()
        let paths = Dictionary(uniqueKeysWithValues: zip(clips, files.map(\.path)))
        var manifest = self
        for (index, clip) in needed.enumerated() {
            guard let path = clip.flatMap({ paths[$0] }) else { continue }
            manifest.cameras[index].clips = [path]
            manifest.cameras[index].framesPerSecond = TestClip.framesPerSecond
        }
        return manifest
    }
}
