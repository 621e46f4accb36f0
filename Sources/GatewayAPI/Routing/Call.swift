import Accounts
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// One request of a caller who was let in, with what handlers read from it and answer with.
struct Call: Sendable {
    let request: Request
    let context: APIContext
    let caller: Caller
    /// Address of the person's end.
    let peer: String

    var query: QueryReader { QueryReader(request.uri.query ?? "") }
    var disclosure: PointDisclosure { PointDisclosure(caller: caller) }

    /// A path parameter.
    ///
    /// - Throws: `notFound`: what is not even an identity names nothing.
    func identifier<Subject>(_ name: String, _: Subject.Type = Subject.self) throws -> Identifier<Subject> {
        guard let text = context.parameters.get(name), let identifier = Identifier<Subject>(rawValue: text) else {
            throw GatewayError(.notFound, "noSuchResource", "没有这个地址。", details: ["field": name])
        }
        return identifier
    }

    func parameter(_ name: String) -> String? { context.parameters.get(name) }

    func body<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        try WireCoding.decode(type, from: try await bytes(upTo: APIContext.bodyLimit))
    }

    /// The raw body.
    ///
    /// - Throws: `tooLarge` beyond `limit` bytes.
    func bytes(upTo limit: Int) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw GatewayError(.tooLarge, "bodyTooLarge", "请求正文超过 \(limit >> 10) KiB。", remedy: "请分批提交。")
        }
        return try await request.body.collect(upTo: limit)
    }
}

extension Response {
    /// An answer of JSON.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: try WireCoding.encode(value)))
    }

    static var noContent: Response { Response(status: .noContent) }
}
