import HTTPTypes
import Hummingbird

/// Headers that every answer carries. Everything comes from the gateway itself, the console has no inline script, and
/// nobody frames it.
struct SecurityHeaders: RouterMiddleware {
    typealias Context = APIContext

    /// Media Source Extensions play from `blob:`; Leaflet sets element styles by script, which a policy does not touch, and
    /// its sheet names its own images. Tiles come from a server only where one is configured.
    private let contentSecurityPolicy: String

    /// - Parameter tileOrigin: `scheme://host[:port]` of a tile server, if the installation has one.
    init(tileOrigin: String?) {
        let images = ["'self'", "data:", "blob:"] + (tileOrigin.map { [$0] } ?? [])
        contentSecurityPolicy = [
            "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src \(images.joined(separator: " "))",
            "media-src 'self' blob:", "connect-src 'self'", "font-src 'self'", "worker-src 'self'", "manifest-src 'self'",
            "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentSecurityPolicy] = contentSecurityPolicy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.referrerPolicy] = "no-referrer"
        response.headers[.xFrameOptions] = "DENY"
        response.headers[.crossOriginOpenerPolicy] = "same-origin"
        response.headers[.crossOriginResourcePolicy] = "same-origin"
        response.headers[.permissionsPolicy] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        return response
    }
}

extension HTTPField.Name {
    static let referrerPolicy = Self.known("Referrer-Policy")
    static let xFrameOptions = Self.known("X-Frame-Options")
    static let crossOriginOpenerPolicy = Self.known("Cross-Origin-Opener-Policy")
    static let permissionsPolicy = Self.known("Permissions-Policy")
    static let lastEventID = Self.known("Last-Event-ID")

    /// `name` is a literal of this file and a valid token; the fallback only spares a force unwrap.
    private static func known(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .server }
}
