import Foundation
import GatewayCore

/// Where this program and its companions stand: one folder.
enum ProgramFolder {
    /// The programs that the gateway starts by itself. None is optional: half an installation would serve some cameras and
    /// browsers, and say of the others that they are broken.
    static let companions = ["lookout-decoder", "lookout-demuxer"]

    /// The absolute path of the companion of that name.
    static func path(of program: String) -> String { folder.appending(path: program, directoryHint: .notDirectory).path }

    /// - Throws: `GatewayError` that names every program that is missing or cannot be executed.
    static func check(_ programs: [String] = companions, in folder: URL = folder) throws(GatewayError) {
        let missing = programs.filter { program in
            let path = folder.appending(path: program, directoryHint: .notDirectory).path
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
            return !exists || isFolder.boolValue || !FileManager.default.isExecutableFile(atPath: path)
        }
        guard !missing.isEmpty else { return }
        throw GatewayError(
            .failed, "programMissing",
            "\(missing.joined(separator: " and ")): not in \(folder.path), or not to be executed by this user",
            remedy: "install lookout, \(programs.joined(separator: ", ")) of one build in one folder")
    }

    private static var folder: URL { URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent() }
}
