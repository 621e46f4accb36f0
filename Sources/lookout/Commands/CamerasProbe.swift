import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore
import RTSP
import ServiceLifecycle

/// Asks the running gateway to probe points, or probes them itself where none runs.
struct CamerasProbe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Probes points now: reachable? decodable? what is it? is the picture usable?")

    @OptionGroup var place: DataPlace

    @Argument(help: "Identities of points, as «lookout cameras list --json» shows them; none: all live-capable ones.")
    var points: [String] = []

    @Flag(help: "JSON instead of a table.")
    var json = false

    struct Row: Codable, Sendable {
        let point: String
        let outcome: String
        let detail: String
    }

    struct Answer: Decodable {
        let outcome: String
        let detail: String?
    }

    struct Listed: Decodable {
        let id: String
        let live: Bool
    }

    func run() async throws {
        try await reportingFailure {
            let rows = try await place.withGateway(online: online, offline: offline)
            try Table.print(
                rows, asJSON: json,
                columns: [("POINT", { $0.point }), ("OUTCOME", { $0.outcome }), ("DETAIL", { $0.detail })])
            if rows.contains(where: { $0.outcome != ProbeOutcome.reachable.rawValue }) { throw ExitCode.failure }
        }
    }

    private func online(_ control: ControlClient) throws -> [Row] {
        let wanted =
            points.isEmpty ? try control.items("camera-points?limit=200", of: Listed.self).filter(\.live).map(\.id) : points
        return try wanted.map { id in
            let answer = try control.request("POST", "camera-points/\(id)/probes", body: nil as String?, as: Answer.self)
            return Row(point: id, outcome: answer.outcome, detail: answer.detail ?? "")
        }
    }

    /// The gateway's own parts without its servers.
    private func offline(_ stores: GatewayStores) async throws -> [Row] {
        let settings = try GatewayConfiguration.parse("", file: "").configuration
        let gateway = Gateway(settings, stores: stores, dialer: SystemDialer(), logger: GatewayLog.start(level: .error))
        try await gateway.directory.refresh()
        var rows: [Row] = []
        if points.isEmpty {
            let bar = ProgressBar("probe", isShown: !json)
            try await gateway.prober.probeAll { done, total in bar.show(done, of: total) }
            for listing in try await stores.points.allCameraPoints() where listing.point.isLiveCapable {
                guard let last = try await stores.points.probeHistory(of: listing.point.id, limit: 1).first else { continue }
                rows.append(
                    Row(point: listing.point.id.rawValue, outcome: last.report.outcome.rawValue, detail: last.report.detail))
            }
        }
        for text in points {
            guard let id = CameraPointID(rawValue: text) else {
                throw GatewayError(
                    .invalid, "cameraPoint", "«\(text)» is no identity", remedy: "lookout cameras list --json shows them")
            }
            let report = try await gateway.prober.probe(id)
            rows.append(Row(point: text, outcome: report.outcome.rawValue, detail: report.detail))
        }
        await gateway.relay.shutdown()
        await gateway.decoder.shutdown()
        try? await gateway.group.shutdownGracefully()
        return rows
    }
}
