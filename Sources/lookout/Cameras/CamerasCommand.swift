import ArgumentParser

struct CamerasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cameras", abstract: "Camera points and their inventory files.",
        subcommands: [CamerasCheck.self, CamerasImport.self, CamerasList.self, CamerasExport.self, CamerasProbe.self])
}
