import Accounts
import CameraRegistry
import Footage
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import VideoDispatch

/// A data folder, held and opened: the database with its stores, and the keys. What a command needs that works without
/// the daemon, and what the daemon is built on.
struct GatewayStores: Sendable {
    let folder: DataFolder
    let database: GatewayDatabase
    let vault: CredentialVault
    let ticketKey: TicketKey
    let accounts: DatabaseAccountStore
    let register: DatabaseViewingRegister
    let points: DatabaseCameraPointStore
    let incidents: DatabaseIncidentStore
    let events: DatabaseEventStore
    let links: DatabaseLinkStore
    let footage: DatabaseFootageStore
    let publishings: DatabasePublishingStore

    var footageFolder: URL { folder.url.appending(path: "footage", directoryHint: .isDirectory) }
    var thumbnailFolder: URL { folder.url.appending(path: "thumbnails", directoryHint: .isDirectory) }
    var controlSocket: URL { folder.url.appending(path: "control.sock", directoryHint: .notDirectory) }

    /// - Throws: `GatewayError` if another process holds the folder, or its database or keys cannot be used.
    init(dataDirectory path: String) throws {
        folder = try DataFolder(at: URL(filePath: path, directoryHint: .isDirectory).absoluteURL)
        database = try GatewayDatabase(in: folder)
        vault = try CredentialVault.open(
            file: folder.url.appending(path: "vault.key"), mayCreate: try !database.holdsSealedCredentials())
        ticketKey = try TicketKey.load(from: folder.url.appending(path: "tickets.key"))
        accounts = DatabaseAccountStore(database)
        register = DatabaseViewingRegister(database)
        points = DatabaseCameraPointStore(database)
        incidents = DatabaseIncidentStore(database, endingSteps: [LinkRecord.endWithIncident])
        events = DatabaseEventStore(database)
        links = DatabaseLinkStore(database)
        footage = DatabaseFootageStore(database)
        publishings = DatabasePublishingStore(database)
    }

    /// For commands, which work on a gateway's folder and must not make one where there is none.
    init(existing path: String) throws {
        guard FileManager.default.fileExists(atPath: path + "/lookout.sqlite") else {
            throw GatewayError(
                .notFound, "dataFolder", "there is no gateway's data in \(path)",
                remedy: "name the folder with --data-dir or --config")
        }
        try self.init(dataDirectory: path)
    }

    func close() throws { try database.close() }
}
