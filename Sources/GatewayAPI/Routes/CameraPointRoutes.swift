import Accounts
import CameraRegistry
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// `camera-points`: search, dossier, register, change, remove, probe, thumbnail.
struct CameraPointRoutes {
    let services: Services

    func add(to table: inout RouteTable) {
        addReading(to: &table)
        addWriting(to: &table)
        addProbes(to: &table)
        addThumbnail(to: &table)
        InventoryRoutes(services: services).add(to: &table)
    }

    private func addReading(to table: inout RouteTable) {
        let services = services
        table.on(.get, "camera-points", .right(.cameraPoint, .read)) { call in
            guard let query = call.disclosure.narrowed(try Self.query(call.query)) else {
                return try .json(ListBody<CameraPointBody>(whole: []))
            }
            let page = try await services.points.cameraPoints(query)
            let items = page.items.map { CameraPointBody($0, disclosure: call.disclosure) }
            return try .json(ListBody(items, nextCursor: page.nextCursor, total: page.total))
        }
        table.on(.get, "camera-points/:point", .right(.cameraPoint, .read)) { call in
            let listing = try await Self.listing(of: call, services)
            return try await Self.dossier(listing, for: call, services)
        }
    }

    private func addWriting(to table: inout RouteTable) {
        let services = services
        table.on(.post, "camera-points", .right(.cameraPoint, .write)) { call in
            let form = try DossierForm(try await call.body([String: FormValue].self))
            let listing = try await Registration(services).create(form, by: call.caller)
            return try await Self.dossier(listing, for: call, services, status: .created)
        }
        table.on(.patch, "camera-points/:point", .right(.cameraPoint, .write)) { call in
            let listing = try await Self.listing(of: call, services, .cameraPoint, .write)
            let form = try DossierForm(try await call.body([String: FormValue].self))
            let changed = try await Registration(services).change(listing, form, by: call.caller)
            return try await Self.dossier(changed, for: call, services)
        }
        table.on(.delete, "camera-points/:point", .right(.cameraPoint, .write)) { call in
            let listing = try await Self.listing(of: call, services, .cameraPoint, .write)
            try await Registration(services).remove(listing.point.id, by: call.caller)
            return .noContent
        }
    }

    private func addProbes(to table: inout RouteTable) {
        let services = services
        table.on(.get, "camera-points/:point/probes", .right(.probe, .read)) { call in
            let listing = try await Self.listing(of: call, services, .probe, .read)
            let limit = try call.query.integer("limit", in: 1...500) ?? 50
            let history = try await services.points.probeHistory(of: listing.point.id, limit: limit)
            return try .json(ListBody(whole: history.map(ProbeBody.init)))
        }
        table.on(.post, "camera-points/:point/probes", .right(.probe, .run)) { call in
            let listing = try await Self.listing(of: call, services, .probe, .run)
            let report = try await services.prober.probe(listing.point.id)
            let stream = listing.point.preferredStream(.main)?.role ?? .main
            return try .json(ProbeBody(report, of: FeedID(cameraPoint: listing.point.id, stream: stream)))
        }
    }

    /// The last probe's picture. Never of a private point, whoever asks and whatever was kept; and on no disk but ours.
    private func addThumbnail(to table: inout RouteTable) {
        let services = services
        table.on(.get, "camera-points/:point/thumbnail", .right(.thumbnail, .read)) { call in
            let point = try await Self.listing(of: call, services).point
            guard !point.isPrivate else {
                throw GatewayError(
                    .notFound, "thumbnailPrivate", "「\(point.name)」是社会面点位,不留探测画面。", remedy: "关联到事件后方可观看。",
                    details: ["cameraPoint": point.id.rawValue])
            }
            try call.disclosure.require(point, .thumbnail, .read)
            guard let jpeg = await services.thumbnails.jpeg(of: point) else {
                throw GatewayError(
                    .notFound, "thumbnailMissing", "「\(point.name)」还没有探测画面。", remedy: "探测成功后即有。",
                    details: ["cameraPoint": point.id.rawValue])
            }
            return Response(
                status: .ok, headers: [.contentType: "image/jpeg", .cacheControl: "private, no-store"],
                body: .init(byteBuffer: ByteBuffer(bytes: jpeg)))
        }
    }

    /// A dossier, with the time of its picture for who may see that.
    private static func dossier(
        _ listing: CameraPointListing, for call: Call, _ services: Services, status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let takenAt =
            call.disclosure.reaches(listing.point, .thumbnail, .read) ? await services.thumbnails.takenAt(of: listing.point) : nil
        return try .json(DossierBody(listing, thumbnailAt: takenAt, disclosure: call.disclosure), status: status)
    }

    /// The point that the path names, if the caller's right reaches it.
    static func listing(
        of call: Call, _ services: Services, _ resource: Resource = .cameraPoint, _ action: Action = .read
    ) async throws -> CameraPointListing {
        let id = try call.identifier("point", CameraPointSubject.self)
        guard let listing = try await services.points.cameraPoint(id) else { throw PointDisclosure.unknown(id) }
        try call.disclosure.require(listing.point, resource, action)
        return listing
    }

    static func query(_ reader: QueryReader) throws -> CameraPointQuery {
        var query = CameraPointQuery()
        query.accessMethod = try reader.choice("accessMethod", as: AccessMethod.self)
        query.sourceCategory = try reader.choice("sourceCategory", as: SourceCategory.self)
        query.health = try reader.choice("health", as: HealthState.self)
        query.leadDepartment = reader["leadDepartment"]
        query.securityCompany = try reader.identifier("securityCompany")
        query.text = try text(reader)
        if let centre = try reader.point("near") {
            query.near = .init(centre: centre, radius: try reader.number("radius", in: 1...100_000) ?? 1_000)
        }
        if let sides = try reader.numbers("bbox", count: 4) {
            guard let box = GeoBox(west: sides[0], south: sides[1], east: sides[2], north: sides[3]) else {
                throw reader.fault("bbox", "应为「西,南,东,北」,且西不大于东、南不大于北")
            }
            query.box = box
        }
        query.limit = try reader.integer("limit", in: 1...1_000) ?? 100
        query.cursor = reader["cursor"]
        return query
    }

    private static func text(_ reader: QueryReader) throws -> String? {
        guard let text = reader["q"] else { return nil }
        guard text.count <= 100 else { throw reader.fault("q", "不得超过 100 个字") }
        return text
    }
}
