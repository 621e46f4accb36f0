import Foundation
import GatewayCore

/// What a simulator plays: one JSON file, read at its start.
package struct SimulatorManifest: Sendable, Codable {
    package var cameras: [SimulatedCameraDescription]

    package init(cameras: [SimulatedCameraDescription]) { self.cameras = cameras }

    /// - Throws: `GatewayError` that names the file and what is wrong with it.
    package static func load(file: URL) throws(GatewayError) -> SimulatorManifest {
        do {
            return try JSONDecoder().decode(SimulatorManifest.self, from: Data(contentsOf: file))
        } catch {
            throw GatewayError(
                .invalid, "simulatorManifest", "the manifest \(file.lastPathComponent) cannot be read: \(error)",
                remedy: "give a JSON file with a list «cameras»")
        }
    }

    package func write(to file: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        try encoder.encode(self).write(to: file, options: .atomic)
        // It holds the simulated cameras' passwords.
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }
}

/// A picture that the simulator draws and encodes for itself.
package struct ClipScene: Sendable, Codable, Hashable {
    /// Drawn into the picture.
    package var name: String
    /// Drawn into the picture, and begins the clip's file name.
    package var number: String
    /// Chooses colours and houses.
    package var scene: Int

    package init(name: String, number: String, scene: Int) {
        self.name = name
        self.number = number
        self.scene = scene
    }
}

/// What a simulator says on standard output, a JSON object a line.
package enum SimulatorReport: Sendable, Codable, Hashable {
    /// Clips that are there, of those that the manifest needs.
    case encoding(done: Int, total: Int)
    /// It plays: the last line.
    case playing(port: Int, cameras: Int)
}

/// One simulated camera.
package struct SimulatedCameraDescription: Sendable, Codable {
    package enum Scheme: String, Sendable, Codable, CaseIterable {
        case basic, digestMD5, digestSHA256
        /// Offers Digest with SHA-256 and with MD5.
        case digestBoth
    }

    package struct Authentication: Sendable, Codable {
        package var scheme: Scheme
        package var username: String
        package var password: String

        package init(scheme: Scheme, username: String, password: String) {
            self.scheme = scheme
            self.username = username
            self.password = password
        }
    }

    /// A URL as clients ask for it (`rtsp://198.51.100.7/Streaming/Channels/101`), or a path that answers on any host.
    package var url: String
    /// What its picture shows; `nil` for a camera that plays ``clips``.
    package var scene: ClipScene?
    /// Annex B files. More than one: each connection plays the next, as after a camera's parameters were changed.
    package var clips: [String]
    package var codec: VideoCodec
    package var framesPerSecond: Int
    package var authentication: Authentication?
    package var fault: CameraFault?

    package init(
        url: String, scene: ClipScene? = nil, clips: [String] = [], codec: VideoCodec, framesPerSecond: Int = 15,
        authentication: Authentication? = nil,
        fault: CameraFault? = nil
    ) {
        self.url = url
        self.scene = scene
        self.clips = clips
        self.codec = codec
        self.framesPerSecond = framesPerSecond
        self.authentication = authentication
        self.fault = fault
    }
}
