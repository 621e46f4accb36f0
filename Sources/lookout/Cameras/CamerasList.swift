import ArgumentParser
import CameraRegistry
import Foundation
import GatewayCore

extension AccessMethod: ExpressibleByArgument {}
extension HealthState: ExpressibleByArgument {}

struct CamerasList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists camera points.")

    @OptionGroup var registry: RegistryOptions

    @Option(help: "Only points of this access method.")
    var accessMethod: AccessMethod?

    @Option(help: "Only points in this state of health.")
    var health: HealthState?

    @Option(help: "Words of name, code, address, or pinyin initials.")
    var search: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let query = CameraPointQuery(accessMethod: accessMethod, health: health, text: search, limit: 1_000)
            let items = try await registry.withStores { stores in try await Self.all(stores.points, query) }
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                let rows = ["items": items.map(Item.init)]
                StandardStreams.output(String(decoding: try encoder.encode(rows), as: UTF8.self))
            } else {
                for item in items {
                    let point = item.point
                    StandardStreams.output(
                        [
                            point.gbCode.digits, item.health.state.chineseName, point.accessMethod.chineseName,
                            point.sourceCategory.chineseName, point.township, point.name,
                        ].joined(separator: "\t"))
                }
                StandardStreams.output("合计 \(items.count) 个点位")
            }
        }
    }

    private static func all(_ store: some CameraPointStore, _ query: CameraPointQuery) async throws -> [CameraPointListing] {
        var query = query
        var items: [CameraPointListing] = []
        repeat {
            let page = try await store.cameraPoints(query)
            items += page.items
            query.cursor = page.nextCursor
        } while query.cursor != nil
        return items
    }

    /// As the API names the fields; no address of a stream.
    private struct Item: Encodable {
        let id, gbCode, name, accessMethod, sourceCategory, address, township, leadDepartment: String
        let location: GeoPoint?
        let live: Bool
        let health: String

        init(_ listing: CameraPointListing) {
            let point = listing.point
            id = point.id.rawValue
            gbCode = point.gbCode.digits
            name = point.name
            accessMethod = point.accessMethod.rawValue
            sourceCategory = point.sourceCategory.rawValue
            address = point.address
            township = point.township
            leadDepartment = point.leadDepartment
            location = point.location
            live = point.isLiveCapable
            health = listing.health.state.rawValue
        }
    }
}
