import Accounts
import Foundation
import GatewayCore
import IncidentCommand

/// Who calls: an account with its session, or the daemon's own user on the control socket.
struct Caller: Sendable {
    let account: Account
    /// `nil` on the control socket.
    let session: Session?
    /// Shown with the request; asked again by streams that outlive it.
    let token: SessionToken?

    init(_ signedIn: SignedIn, token: SessionToken) {
        account = signedIn.account
        session = signedIn.session
        self.token = token
    }

    private init(localUser account: Account) {
        self.account = account
        session = nil
        token = nil
    }

    /// The daemon's own user: administrator by the file system's word.
    static let localUser: Caller? = AccountID(rawValue: "local").map { id in
        Caller(
            localUser: Account(
                id: id, name: "本机管理员", role: .administrator, unit: "", securityCompany: nil, createdAt: .distantPast))
    }

    var role: Role { account.role }
    /// The account as stores know it; `nil` on the control socket, whose user is in no table.
    var accountID: AccountID? { session == nil ? nil : account.id }

    var actor: IncidentActor {
        IncidentActor(id: account.id, name: account.name, role: account.role.rawValue, unit: account.unit)
    }

    /// How far the caller's right reaches; `nil` if there is none.
    func scope(_ resource: Resource, _ action: Action) -> Scope? {
        PermissionTable.scope(of: role, on: resource, for: action)
    }
}
