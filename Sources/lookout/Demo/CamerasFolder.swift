import Foundation
import GatewayCore

/// Finds the inventory that the demo imports: `cameras/` of the source tree, or the installed one.
enum CamerasFolder {
    private static let installed = "/usr/share/lookout/cameras"

    /// - Parameter named: what the person asked for; nothing else is tried then.
    static func find(named: String?) throws(GatewayError) -> URL {
        let candidates: [URL]
        if let named {
            candidates = [URL(fileURLWithPath: named, isDirectory: true)]
        } else {
            let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
            candidates =
                (ancestors(of: executable) + [here]).map { $0.appendingPathComponent("cameras", isDirectory: true) }
                + [URL(fileURLWithPath: installed, isDirectory: true)]
        }
        guard let found = candidates.first(where: holdsInventory) else {
            throw GatewayError(
                .notFound, "camerasFolder",
                named.map { "there is no inventory in \($0)" }
                    ?? "the folder cameras/ was found neither beside the program nor here",
                remedy: "name it with --cameras-dir")
        }
        return found
    }

    private static func ancestors(of url: URL) -> [URL] {
        sequence(first: url.deletingLastPathComponent()) { $0.path == "/" ? nil : $0.deletingLastPathComponent() }.map(\.self)
    }

    private static func holdsInventory(_ folder: URL) -> Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.contains { $0.hasSuffix(".csv") }
    }
}
