import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore

extension AccessMethod: ExpressibleByArgument {}
extension HealthState: ExpressibleByArgument {}

struct CamerasList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists camera points.")

    @OptionGroup var place: DataPlace

    @Option(help: "Only points of this access method.")
    var accessMethod: AccessMethod?

    @Option(help: "Only points in this state of health.")
    var health: HealthState?

    @Option(help: "Words of name, code, address, or pinyin initials.")
    var search: String?

    @Flag(help: "JSON instead of a table.")
    var json = false

    /// As the API names the fields; no address of a stream.
    private struct Row: Codable, Sendable {
        struct Health: Codable, Sendable { var state: HealthState }

        var id, gbCode, name: String
        var accessMethod: AccessMethod
        var sourceCategory: SourceCategory
        var township, leadDepartment: String
        var location: GeoPoint?
        var live: Bool
        var health: Health
    }

    func run() async throws {
        try await reportingFailure {
            let rows = try await place.withGateway(online: online, offline: offline)
            try Table.print(
                rows, asJSON: json,
                columns: [
                    ("编码", { $0.gbCode }), ("状态", { $0.health.state.chineseName }), ("接入方式", { $0.accessMethod.chineseName }),
                    ("来源类别", { $0.sourceCategory.chineseName }), ("行政区划", { $0.township }), ("名称", { $0.name }),
                ])
        }
    }

    private func online(_ control: ControlClient) throws -> [Row] {
        var query = URLComponents()
        query.queryItems = [URLQueryItem(name: "limit", value: "200")]
        for (name, value) in [("accessMethod", accessMethod?.rawValue), ("health", health?.rawValue), ("q", search)] {
            if let value { query.queryItems?.append(URLQueryItem(name: name, value: value)) }
        }
        return try control.items("camera-points?\(query.percentEncodedQuery ?? "")", of: Row.self)
    }

    private func offline(_ stores: GatewayStores) async throws -> [Row] {
        var query = CameraPointQuery(accessMethod: accessMethod, health: health, text: search, limit: 1_000)
        var rows: [Row] = []
        repeat {
            let page = try await stores.points.cameraPoints(query)
            rows += page.items.map { listing in
                let point = listing.point
                return Row(
                    id: point.id.rawValue, gbCode: point.gbCode.digits, name: point.name, accessMethod: point.accessMethod,
                    sourceCategory: point.sourceCategory, township: point.township, leadDepartment: point.leadDepartment,
                    location: point.location, live: point.isLiveCapable, health: .init(state: listing.health.state))
            }
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return rows
    }
}
