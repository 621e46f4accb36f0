import Accounts
import CameraRegistry
import Crypto
import DecoderProcess
import FeedRelay
import Footage
import Foundation
import GatewayCore
import GatewayStore
import Hummingbird
import HummingbirdTesting
import IncidentCommand
import Logging
import NIOCore
import NIOPosix
import Synchronization
import VideoDispatch

@testable import GatewayAPI

/// A whole gateway but for cameras: real stores in a folder of its own, real services, real relay, in process.
struct TestGateway: Sendable {
    static let canary = "canary-Pa55w0rd-7d1f"

    let folder: URL
    let services: Services
    let configuration: GatewayServer.Configuration
    let broadcast: EventBroadcast
    let counters = RequestCounters()
    let events: DatabaseEventStore
    let gate: DispatchGate
    let publishingGate: PublishingGate
    let directory: FeedDirectory
    let company: SecurityCompany
    let footage: DatabaseFootageStore
    /// Runs that a person was handed.
    let handedOut: HandedOut
    /// Links for which the recorder, of which there is none here, would say that it cannot write.
    let stoppedLinks: StoppedLinks
    let database: GatewayDatabase
    private let decoder: DecoderProcess
    private let passwords: [Role: String]

    /// Runs `body` on a gateway with one account a role, then removes everything.
    static func run(
        configure: (inout GatewayServer.Configuration) -> Void = { _ in }, _ body: (TestGateway) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "lookout-api-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let gateway = try await TestGateway(folder: folder, configure: configure)
        do {
            try await body(gateway)
        } catch {
            await gateway.close()
            throw error
        }
        await gateway.close()
    }

    private init(folder: URL, configure: (inout GatewayServer.Configuration) -> Void) async throws {
        self.folder = folder
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        database = try GatewayDatabase(in: try DataFolder(at: folder))
        let accountStore = DatabaseAccountStore(database)
        let register = DatabaseViewingRegister(database)
        let points = DatabaseCameraPointStore(database)
        let linkStore = DatabaseLinkStore(database)
        events = DatabaseEventStore(database)
        footage = DatabaseFootageStore(database)
        handedOut = HandedOut()
        stoppedLinks = StoppedLinks()
        let accounts = AccountService(store: accountStore, hasher: PasswordHasher(parameters: .init(logCost: 4)))
        let vault = CredentialVault(key: SymmetricKey(size: .bits256))
        directory = FeedDirectory(points: points, vault: vault, logger: logger)
        let key = TicketKey()
        gate = DispatchGate(
            key: key, recorder: ViewRecorder(register: register, accounts: accountStore, directory: directory, logger: logger))
        let publishings = DatabasePublishingStore(database)
        publishingGate = PublishingGate(key: key, store: publishings, logger: logger)
        let relay = FeedRelay(group: MultiThreadedEventLoopGroup.singleton, directory: directory, gate: gate, logger: logger)
        decoder = DecoderProcess(
            .init(executable: "/nonexistent/lookout-decoder"), group: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let wake = ReconcilerSignal()
        services = Services(
            accounts: accounts, register: register, points: points, vault: vault, incidents: DatabaseIncidentStore(database),
            events: events, links: LinkService(links: linkStore, points: points, gate: gate, wake: wake), linkStore: linkStore,
            suggestions: SuggestionService(points: points, links: linkStore),
            tickets: TicketOffice(key: key, links: linkStore, points: points, register: register),
            publishing: PublishingOffice(store: publishings, gate: publishingGate, key: key),
            prober: ProbeRunner(points: points, relay: relay, decoder: decoder, logger: logger),
            thumbnails: ThumbnailFolder(folder: folder.appending(path: "thumbnails"), points: points), registryChanged: wake,
            footage: FootageLibrary(
                folder: folder.appending(path: "footage"), store: footage, stopped: { [stoppedLinks] in stoppedLinks.all }),
            relay: relay,
            consoles: ConsoleDirectory(relay: relay), footageViewed: { [handedOut] run, _ in handedOut.append(run.id) },
            readiness: { [.init(name: "database", isReady: true)] })
        var configuration = GatewayServer.Configuration()
        configuration.port = 0
        configuration.consoleDirectory = folder.appending(path: "console").path
        try FileManager.default.createDirectory(
            atPath: folder.appending(path: "console/sub").path, withIntermediateDirectories: true)
        try Data("<!doctype html>".utf8).write(to: folder.appending(path: "console/index.html"))
        try Data("export {}".utf8).write(to: folder.appending(path: "console/sub/a.js"))
        try Data("secret".utf8).write(to: folder.appending(path: "secret.txt"))
        try Data("hidden".utf8).write(to: folder.appending(path: "console/.hidden"))
        configure(&configuration)
        self.configuration = configuration
        broadcast = EventBroadcast(source: events, tick: .milliseconds(50))
        company = SecurityCompany(
            name: "南部金盾保安公司", licenceKind: "保安服务许可证", licenceNumber: "川公保服20150001", licenceIssuer: "四川省公安厅", contact: "王某",
            phone: "0817-5520000")
        _ = try await points.importCameraPoints(by: nil) { [company] _ in
            var changes = RegistryChanges()
            changes.securityCompanies = [company]
            return changes
        }
        var passwords: [Role: String] = [:]
        for role in Role.allCases {
            let draft = AccountDraft(
                name: "\(role.rawValue)-1", role: role, unit: role == .leadDepartment ? "公安局" : "",
                securityCompany: role == .securityCompany ? company.id : nil)
            passwords[role] = try await accounts.provision(draft).password
        }
        self.passwords = passwords
    }

    private func close() async {
        await services.relay.shutdown()
        try? database.close()
    }

    var server: GatewayServer {
        var logger = Logger(label: "test.server")
        logger.logLevel = .critical
        return GatewayServer(
            configuration: configuration, services: services, group: MultiThreadedEventLoopGroup.singleton, mediaHandlers: { [] },
            logger: logger)
    }

    var application: Application<RouterResponder<APIContext>> { server.application(broadcast: broadcast, counters: counters) }

    func password(of role: Role) -> String { passwords[role] ?? "" }

    /// A fresh session of the role's account.
    func token(of role: Role) async throws -> String {
        try await services.accounts.signIn(name: "\(role.rawValue)-1", password: password(of: role), peer: "test").token.text
    }

    func actor(_ role: Role) async throws -> IncidentActor {
        let person = try await services.accounts.authenticate(try await token(of: role))
        return Caller(person, token: .random()).actor
    }
}

final class HandedOut: Sendable {
    private let runs = Mutex<[RunID]>([])

    var all: [RunID] { runs.withLock { $0 } }
    func append(_ run: RunID) { runs.withLock { $0.append(run) } }
}

final class StoppedLinks: Sendable {
    private let links = Mutex<[LinkID: GapReason]>([:])

    var all: [LinkID: GapReason] { links.withLock { $0 } }
    func set(_ stopped: [LinkID: GapReason]) { links.withLock { $0 = stopped } }
}
