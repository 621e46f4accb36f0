import Accounts
import GatewayCore
import HTTPTypes
import Hummingbird

/// Every route of the gateway, each with what it takes to be let in. A test walks ``entries`` with every role.
struct RouteTable {
    struct Entry: Sendable {
        var method: HTTPRequest.Method
        /// With its parameters: `/api/v1/incidents/:incident`.
        var path: String
        /// `nil`: open to anyone.
        var access: RouteAccess?
    }

    typealias Handler = @Sendable (Call) async throws -> Response

    private(set) var entries: [Entry] = []
    let router = Router(context: APIContext.self)
    private let authentication: Authentication

    init(
        services: Services, configuration: GatewayServer.Configuration, signIn: Authentication.SignIn, broadcast: EventBroadcast,
        counters: RequestCounters
    ) {
        let origins = OriginRule(allowed: configuration.allowedOrigins, requiresTLS: configuration.isBehindTLS)
        let peers = PeerAddress(isBehindProxy: configuration.isBehindTLS)
        authentication = Authentication(accounts: services.accounts, signIn: signIn, origins: origins, peers: peers)
        router.add(middleware: SecurityHeaders(tileOrigin: OriginRule.origin(of: configuration.tileURL)))
        router.add(middleware: RequestLog(counters: counters))
        router.add(middleware: ErrorMapping())

        SessionRoutes(services: services, authentication: authentication, isBehindTLS: configuration.isBehindTLS).add(
            to: &self)
        AccountRoutes(services: services).add(to: &self)
        CameraPointRoutes(services: services).add(to: &self)
        OrganisationRoutes(services: services).add(to: &self)
        IncidentRoutes(services: services).add(to: &self)
        JournalRoutes(services: services).add(to: &self)
        LinkRoutes(services: services).add(to: &self)
        TicketRoutes(services: services, urls: MediaURLs(configuration: configuration)).add(to: &self)
        PublishingRoutes(services: services, urls: MediaURLs(configuration: configuration)).add(to: &self)
        FootageRoutes(services: services).add(to: &self)
        ConsoleRoutes(services: services).add(to: &self)
        FeedRoutes(services: services).add(to: &self)
        ViewRoutes(services: services).add(to: &self)
        EventRoutes(services: services, broadcast: broadcast, keepAlive: configuration.eventKeepAlive).add(to: &self)
        OperationsRoutes(services: services, counters: counters, broadcast: broadcast).add(
            to: &self, authentication: authentication)
        refuseOtherMethods()
        if signIn == .token { addConsole(configuration) }
    }

    /// Adds `METHOD /api/v1/path`.
    mutating func on(_ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, use handler: @escaping Handler) {
        add(method, "/api/v1/" + path, access, use: handler)
    }

    /// Adds a route outside the versioned API.
    mutating func add(_ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, use handler: @escaping Handler) {
        entries.append(Entry(method: method, path: path, access: access))
        let authentication = authentication
        router.on(RouterPath(path), method: method) { request, context in
            try await handler(authentication.admit(request, context, to: access))
        }
    }

    /// Adds a route that takes no sign-in.
    mutating func addOpen(
        _ method: HTTPRequest.Method, _ path: String,
        use handler: @escaping @Sendable (Request, APIContext) async throws -> Response
    ) {
        entries.append(Entry(method: method, path: path, access: nil))
        router.on(RouterPath(path), method: method) { request, context in try await handler(request, context) }
    }

    /// Every known path answers a method that it does not take with 405 and those that it does.
    private func refuseOtherMethods() {
        for (path, entries) in Dictionary(grouping: entries, by: \.path) {
            let taken = Set(entries.map(\.method))
            let allow = taken.map(\.rawValue).sorted().joined(separator: ", ")
            for method in [HTTPRequest.Method.get, .head, .post, .put, .patch, .delete] where !taken.contains(method) {
                router.on(RouterPath(path), method: method) { request, _ -> Response in
                    throw GatewayError(
                        .invalid, "methodNotAllowed", "该地址不支持 \(request.method.rawValue)。", remedy: "可用:\(allow)",
                        details: ["allow": allow])
                }
            }
        }
    }

    private func addConsole(_ configuration: GatewayServer.Configuration) {
        let files = ConsoleFiles(
            consoleDirectory: configuration.consoleDirectory ?? ConsoleFiles.builtInDirectory,
            leafletDirectory: configuration.leafletDirectory, tileURL: configuration.tileURL)
        for path in ["/", "/**"] {
            for method in [HTTPRequest.Method.get, .head] {
                router.on(RouterPath(path), method: method) { request, context in
                    try await files.respond(to: request, context: context)
                }
            }
        }
    }
}
