import HTTPTypes
import Hummingbird

/// Whose request it is by address, for the throttle and the viewing register.
struct PeerAddress: Sendable {
    /// A proxy on this machine ends TLS and appends the client's address to `X-Forwarded-For`.
    let isBehindProxy: Bool

    func of(_ request: Request, _ context: APIContext) -> String {
        guard isBehindProxy, Self.isLoopback(context.peer), let forwarded = request.headers[.xForwardedFor],
            let last = forwarded.split(separator: ",").last
        else { return context.peer }
        let address = last.filter { !$0.isWhitespace }.prefix(45)
        let isAddress = !address.isEmpty && address.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        return isAddress ? String(address) : context.peer
    }

    /// Whether the request came from this machine itself and through no proxy.
    static func isLocal(_ request: Request, _ context: APIContext) -> Bool {
        isLoopback(context.peer) && request.headers[.xForwardedFor] == nil && request.headers[.forwarded] == nil
    }

    private static func isLoopback(_ address: String) -> Bool {
        address == "local" || address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For") ?? .via
    static let forwarded = HTTPField.Name("Forwarded") ?? .via
}
