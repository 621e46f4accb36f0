import Accounts
import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// `sessions`: sign in, say who is signed in, sign out.
struct SessionRoutes {
    struct SignInRequest: Decodable {
        var name: String
        var password: String
    }

    struct SessionBody: Encodable, Sendable {
        /// Told once, to who signed in; a page never needs it, the cookie carries it.
        var token: String?
        var expiresAt: Date?
        var account: AccountBody
    }

    let services: Services
    let authentication: Authentication
    let isBehindTLS: Bool

    func add(to table: inout RouteTable) {
        let accounts = services.accounts
        if authentication.signIn == .token {
            let routes = self
            table.addOpen(.post, "/api/v1/sessions") { request, context in try await routes.signIn(request, context) }
        }
        table.on(.get, "sessions/current", .signedIn) { call in
            try .json(SessionBody(expiresAt: call.caller.session?.expiresAt, account: AccountBody(call.caller.account)))
        }
        let expired = cookie("", maxAge: 0)
        table.on(.delete, "sessions/current", .signedIn) { call in
            if let session = call.caller.session { try await accounts.signOut(session.id) }
            return Response(status: .noContent, headers: [.setCookie: expired])
        }
    }

    private func signIn(_ request: Request, _ context: APIContext) async throws -> Response {
        guard authentication.origins.allowsSignIn(request) else {
            throw GatewayError(.forbidden, "originRefused", "该登录请求不是由本控制台页面发出的。", remedy: "请在控制台页面登录。")
        }
        let body = try await request.body.collect(upTo: 4_096)
        let credentials = try WireCoding.decode(SignInRequest.self, from: body)
        let signIn = try await services.accounts.signIn(
            name: credentials.name, password: credentials.password, peer: authentication.peers.of(request, context))
        let age = max(0, Int(signIn.session.createdAt.timeIntervalSinceNow + Session.ageLimit.timeInterval))
        var response = try Response.json(
            SessionBody(token: signIn.token.text, expiresAt: signIn.session.expiresAt, account: AccountBody(signIn.account)),
            status: .created)
        response.headers[.setCookie] = cookie(signIn.token.text, maxAge: age)
        return response
    }

    private func cookie(_ value: String, maxAge: Int) -> String {
        "\(Authentication.cookieName)=\(value); Path=/; Max-Age=\(maxAge); HttpOnly; SameSite=Strict"
            + (isBehindTLS ? "; Secure" : "")
    }
}
