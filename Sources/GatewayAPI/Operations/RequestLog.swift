import GatewayCore
import Hummingbird
import Logging

/// Counts every answer, and logs each at `debug` by its route: the path itself may name things, its query a ticket.
struct RequestLog: RouterMiddleware {
    typealias Context = APIContext

    let counters: RequestCounters

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let response = try await next(request, context)
        counters.count(status: response.status.code)
        context.logger.debug(
            "answered",
            metadata: [
                "http.method": .string(request.method.rawValue), "http.route": .string(context.endpointPath ?? "-"),
                "http.status": .stringConvertible(response.status.code),
                "duration.ms": .stringConvertible((ContinuousClock.now - start) / .milliseconds(1)),
            ])
        return response
    }
}
