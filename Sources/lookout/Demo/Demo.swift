import Accounts
import Foundation
import GatewayCore
import IncidentCommand
import Logging
import SimulatorManifest

/// `lookout demo`, in this order: the data folder is opened and, if it has no points, the inventory imported; accounts get
/// new passwords; the simulator starts as a child and encodes missing clips; the gateway starts with a dialer that leads
/// documentation addresses to it; every point is probed; an incident is opened and its nearest cameras linked; when their
/// pictures flow, the demo says where it is to be seen.
struct Demo: Sendable {
    let dataDirectory: String
    let camerasFolder: URL
    let httpPort: Int
    let rtspPort: Int
    let printsJSON: Bool

    func run() async throws {
        let logger = GatewayLog.start(level: .warning)
        DescriptorLimit.raise(logger: logger)
        let stores = try GatewayStores(dataDirectory: dataDirectory)
        try await DemoInventory(folder: camerasFolder).importIfEmpty(into: stores)
        let simulator = ChildProcess()
        defer { simulator.stop() }
        let port = try await startSimulator(simulator, stores: stores)
        let gateway = Gateway(try configuration(), stores: stores, dialer: DemoDialer(simulatorPort: port), logger: logger)
        let accounts = try await DemoAccounts.provision(stores, accounts: gateway.accounts)
        try await gateway.run { ports in
            try await prepare(gateway, accounts: accounts, ports: ports)
        }
    }

    private func prepare(_ gateway: Gateway, accounts: [DemoAccounts.Entry], ports: GatewayPorts) async throws {
        guard let operatorAccount = accounts.first(where: { $0.account.role == .operator })?.account else { return }
        let actor = IncidentActor(
            id: operatorAccount.id, name: operatorAccount.name, role: operatorAccount.role.rawValue, unit: operatorAccount.unit)
        let demo = DemoIncident(gateway: gateway, actor: actor)
        try await probe(gateway)
        let incident = try await demo.prepare()
        try await demo.waitUntilFlowing(incident.id)
        try DemoReport(
            console: "http://127.0.0.1:\(ports.http)/", rtsp: "rtsp://127.0.0.1:\(ports.rtsp)/", accounts: accounts,
            incident: incident.id.rawValue
        ).print(asJSON: printsJSON)
    }

    private func startSimulator(_ simulator: ChildProcess, stores: GatewayStores) async throws -> Int {
        let folder = stores.folder.url
        let manifest = folder.appending(path: "simulator.json")
        try DemoCameras(try await stores.points.allCameraPoints(), vault: stores.vault).manifest.write(to: manifest)
        let bar = ProgressBar("clips", isShown: !printsJSON)
        let clips = folder.appending(path: "clips", directoryHint: .isDirectory)
        let port = try await simulator.start(
            "lookout-simulator", arguments: ["--manifest", manifest.path, "--clips", clips.path]
        ) { line -> Int? in
            switch try? JSONDecoder().decode(SimulatorReport.self, from: Data(line.utf8)) {
            case .encoding(let done, let total):
                bar.show(done, of: total)
                return nil
            case .playing(let port, _): return port
            case nil: throw GatewayError(.failed, "simulator", "the camera simulator said «\(line)»")
            }
        }
        if !printsJSON { bar.finish("ready") }
        return port
    }

    private func probe(_ gateway: Gateway) async throws {
        let bar = ProgressBar("probe", isShown: !printsJSON)
        let begin = ContinuousClock.now
        try await gateway.prober.probeAll { done, total in bar.show(done, of: total) }
        ProcessMemory.trim()
        let health = try await gateway.stores.points.health()
        let online = health.values.count { $0.state == .online }
        let took = ContinuousClock.now - begin
        if !printsJSON {
            bar.finish("\(online) points online, \(took.formatted(.units(allowed: [.seconds], fractionalPart: .show(length: 1))))")
        }
    }

    /// The defaults, but for what the demo must have.
    private func configuration() throws -> GatewayConfiguration {
        var reader = ConfigurationReader(yaml: "")
        var configuration = GatewayConfiguration(reading: &reader)
        configuration.dataDirectory = dataDirectory
        configuration.http.port = httpPort
        configuration.rtsp.port = rtspPort
        configuration.footageReserveGiB = 1
        configuration.logLevel = .warning
        return configuration
    }
}
