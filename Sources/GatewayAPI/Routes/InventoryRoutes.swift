import Accounts
import CameraRegistry
import GatewayCore
import HTTPTypes
import Hummingbird

/// `camera-points/import` and `camera-points/export`: inventory files, one access method each.
struct InventoryRoutes {
    static let fileLimit = 8 << 20

    struct ReportBody: Encodable, Sendable {
        /// Rows taken: all of the file, or none.
        var accepted: Int
        var inserted: Int
        var changed: Int
        var unchanged: Int
        var faults: [InventoryFault]
        /// Faults beyond those listed.
        var hiddenFaults: Int
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let services = services
        table.on(.post, "camera-points/import", .right(.cameraPoint, .write)) { call in
            let method = try Self.method(of: call)
            let bytes = try await call.bytes(upTo: Self.fileLimit)
            let (inventory, counts) = try await Registration(services).importFile(
                Array(bytes.readableBytesView), method: method, by: call.caller)
            return try .json(
                ReportBody(
                    accepted: counts.map { $0.inserted + $0.changed + $0.unchanged } ?? 0, inserted: counts?.inserted ?? 0,
                    changed: counts?.changed ?? 0, unchanged: counts?.unchanged ?? 0, faults: inventory.faults,
                    hiddenFaults: inventory.hiddenFaults))
        }
        table.on(.get, "camera-points/export", .right(.cameraPoint, .read)) { call in
            let method = try Self.method(of: call)
            // The file holds addresses of streams: only whole files for those who may see them.
            let disclosure = call.disclosure
            let listings = try await services.points.allCameraPoints().filter {
                disclosure.reaches($0.point) && disclosure.showsStreamAddress(of: $0.point)
            }
            guard call.caller.scope(.streamAddress, .read) != nil else {
                throw GatewayError(.forbidden, "roleMayNot", "「\(call.caller.role.name)」不能导出点位台账。", remedy: "请由管理员或牵头责任单位导出。")
            }
            let file = InventoryWriter.points(listings, of: method)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/csv; charset=utf-8",
                    .contentDisposition: "attachment; filename=\"\(PointFile.name(of: method))\"",
                ], body: .init(byteBuffer: ByteBuffer(bytes: file)))
        }
    }

    private static func method(of call: Call) throws -> AccessMethod {
        guard let method = try call.query.choice("accessMethod", as: AccessMethod.self) else {
            throw call.query.fault("accessMethod", "须指明接入方式:direct、indirect、collection 或 securityCompany")
        }
        return method
    }
}
