import GatewayCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1

/// The one place where an error becomes a status and a body.
///
/// What the gateway does not know is answered 500 with nothing but a number, under which it stands in the log.
struct ErrorMapping: RouterMiddleware {
    typealias Context = APIContext

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPParserError {
            // Hummingbird answers it and closes the connection.
            throw error
        } catch is CancellationError {
            return Self.response(to: GatewayError(.unavailable, "shuttingDown", "网关正在停止。", remedy: "请稍后重试。"))
        } catch {
            return Self.response(to: Self.gatewayError(for: error, request: request, context: context))
        }
    }

    static func status(of code: GatewayError.Code) -> HTTPResponse.Status {
        switch code {
        case .invalid: .badRequest
        case .unauthenticated: .unauthorized
        case .forbidden: .forbidden
        case .notFound: .notFound
        case .conflict: .conflict
        case .unavailable, .cancelled: .serviceUnavailable
        case .tooMany: .tooManyRequests
        case .tooLarge: .contentTooLarge
        case .timeout: .gatewayTimeout
        case .failed: .internalServerError
        }
    }

    static func response(to error: GatewayError) -> Response {
        var headers: HTTPFields = [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"]
        if let seconds = error.details["retryAfter"], Int(seconds) != nil { headers[.retryAfter] = seconds }
        if let methods = error.details["allow"] { headers[.allow] = methods }
        if error.code == .unauthenticated { headers[.wwwAuthenticate] = "Bearer realm=\"lookout\"" }
        // Encoding strings cannot fail; an empty body would still carry the right status.
        let body = (try? WireCoding.encode(ErrorBody(error))) ?? ByteBuffer()
        let status = error.reason == "methodNotAllowed" ? .methodNotAllowed : status(of: error.code)
        return Response(status: status, headers: headers, body: .init(byteBuffer: body))
    }

    private static func gatewayError(for error: any Error, request: Request, context: APIContext) -> GatewayError {
        switch error {
        case let error as GatewayError: return error
        case is NIOTooManyBytesError:
            return GatewayError(.tooLarge, "bodyTooLarge", "请求正文过大。", remedy: "请分批提交。")
        case let error as HTTPError where error.status == .notFound:
            return GatewayError(.notFound, "noSuchResource", "没有这个地址:\(request.uri.path.prefix(200))")
        case let error as HTTPError where error.status == .contentTooLarge:
            return GatewayError(.tooLarge, "bodyTooLarge", "请求正文过大。", remedy: "请分批提交。")
        case let error as HTTPError where error.status.kind == .clientError:
            return GatewayError(.invalid, "requestMalformed", "请求不合规定。")
        default:
            let number = String(UInt32.random(in: .min ... .max), radix: 16)
            context.logger.error(
                "request failed",
                metadata: [
                    "error.id": .string(number), "error": .string("\(error)"), "http.method": .string(request.method.rawValue),
                    "http.route": .string(context.endpointPath ?? "-"),
                ])
            return GatewayError(
                .failed, "internal", "网关内部出错(编号 \(number))。", remedy: "请把编号告知管理员。", details: ["errorId": number])
        }
    }
}
