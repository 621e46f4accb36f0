import GatewayCore

/// `settings`: what the console must know of this installation.
struct SettingsRoutes {
    struct Body: Encodable, Sendable {
        struct Map: Encodable, Sendable {
            @OrNull var tileURL: String?
        }

        var map: Map
    }

    let tileURL: String

    func add(to table: inout RouteTable) {
        let body = Body(map: .init(tileURL: tileURL.isEmpty ? nil : tileURL))
        table.on(.get, "settings", .signedIn) { _ in try .json(body) }
    }
}
