import Accounts
import GatewayCore
import HTTPTypes
import Hummingbird

/// Finds out who calls and holds that against what a route takes.
struct Authentication: Sendable {
    enum SignIn: Sendable {
        /// A session's token, as bearer or in the cookie.
        case token
        /// The peer's user was checked when the connection was accepted.
        case localUser
    }

    static let cookieName = "lookout_session"

    let accounts: AccountService
    let signIn: SignIn
    let origins: OriginRule
    let peers: PeerAddress

    /// The call, if its caller may make it.
    ///
    /// Never inlined, like what it calls: the optimizer of Swift 6.3.1 crashes on coroutines that take these in.
    ///
    /// - Throws: `unauthenticated`, or `forbidden` with `originRefused` or `roleMayNot`.
    @inline(never)
    func admit(_ request: Request, _ context: APIContext, to access: RouteAccess) async throws -> Call {
        let caller = try await caller(of: request)
        switch access {
        case .signedIn: break
        case .right(let resource, let action): try PermissionTable.require(caller.role, on: resource, for: action)
        }
        return Call(request: request, context: context, caller: caller, peer: peers.of(request, context))
    }

    @inline(never)
    private func caller(of request: Request) async throws -> Caller {
        switch signIn {
        case .localUser:
            guard let caller = Caller.localUser else { throw Self.unauthenticated }
            return caller
        case .token:
            let (token, isCookie) = try Self.token(of: request)
            if isCookie, request.method != .get, request.method != .head, !origins.allowsCookieWrite(request) {
                throw GatewayError(
                    .forbidden, "originRefused", "该请求不是由本控制台页面发出的。", remedy: "请在控制台页面内操作,或改用 Authorization 头。")
            }
            return Caller(try await accounts.authenticate(token.text), token: token)
        }
    }

    /// A bearer token wins over a cookie, so that a tool in a browser's reach is judged as a tool.
    private static func token(of request: Request) throws -> (token: SessionToken, isCookie: Bool) {
        if let authorization = request.headers[.authorization] {
            let parts = authorization.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", let token = SessionToken(String(parts[1])) else {
                throw unauthenticated
            }
            return (token, false)
        }
        guard let value = request.cookies[cookieName]?.value, let token = SessionToken(value) else { throw unauthenticated }
        return (token, true)
    }

    static let unauthenticated = GatewayError(.unauthenticated, "signInRequired", "未登录或登录已失效。", remedy: "请重新登录。")
}
