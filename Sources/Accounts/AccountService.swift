import Foundation
import GatewayCore
import Synchronization

/// Who is who: sign-in, sessions, and the administrator's work on accounts.
///
/// ## Concurrency model
/// Callable from anywhere. The throttle and the list of listeners are behind one mutex; everything else is in the store.
/// Listeners of ``onRevocation(_:)`` are called after the store has committed, on the caller's task, before the method
/// returns: they must not block.
package final class AccountService: Sendable {
    private struct State {
        var throttle: SignInThrottle
        var listeners: [@Sendable (Revocation) -> Void] = []
    }

    private let store: any AccountStore
    private let hasher: PasswordHasher
    private let clock: WallClock
    private let state: Mutex<State>

    package init(
        store: any AccountStore, hasher: PasswordHasher = PasswordHasher(), clock: WallClock = .system,
        throttle: SignInThrottle = SignInThrottle()
    ) {
        self.store = store
        self.hasher = hasher
        self.clock = clock
        self.state = Mutex(State(throttle: throttle))
    }

    package func onRevocation(_ listener: @escaping @Sendable (Revocation) -> Void) {
        state.withLock { $0.listeners.append(listener) }
    }

    // MARK: - Sessions

    /// - Throws: `signInRefused` (unauthenticated), `signInThrottled` or `signInBusy` (too many; details `retryAfter` in
    ///   seconds), `accountDisabled` (only to who knows the password).
    package func signIn(name: String, password: String, peer: String) async throws -> SignIn {
        let key = Self.folded(name)
        if let wait = state.withLock({ $0.throttle.begin(account: key, peer: peer, at: clock.now()) }) {
            throw GatewayError(
                .tooMany, "signInThrottled", "登录失败次数过多,请\(wait.components.seconds)秒后再试",
                details: ["retryAfter": "\(wait.components.seconds)"])
        }
        let credentials = try await store.credentials(named: name)
        let isBearable = password.utf8.count <= PasswordRule.byteLimit
        let matches = try await hasher.verify(isBearable ? password : "", against: isBearable ? credentials?.passwordHash : nil)
        guard matches, let account = credentials?.account else {
            throw GatewayError(.unauthenticated, "signInRefused", "账号或密码不正确", remedy: "核对后重试;忘记密码请联系系统管理员")
        }
        state.withLock { $0.throttle.succeeded(account: key, peer: peer) }
        let now = clock.now()
        let session = Session(
            id: .random(), account: account.id, createdAt: now, expiresAt: Session.expiry(createdAt: now, usedAt: now),
            peer: String(peer.prefix(64)))
        let token = SessionToken.random()
        try await store.begin(session, tokenHash: token.hash)
        return SignIn(token: token, session: session, account: account)
    }

    /// The person behind a token. Use moves the session's end on, written at most every five minutes.
    ///
    /// - Throws: `sessionUnknown` (unauthenticated).
    package func authenticate(_ text: String) async throws -> SignedIn {
        let now = clock.now()
        guard let token = SessionToken(text), let found = try await store.session(tokenHash: token.hash, at: now) else {
            throw GatewayError(.unauthenticated, "sessionUnknown", "未登录或登录已失效", remedy: "请重新登录")
        }
        let expiresAt = Session.expiry(createdAt: found.session.createdAt, usedAt: now)
        guard expiresAt.timeIntervalSince(found.session.expiresAt) >= 300 else { return found }
        try await store.extend(found.session.id, until: expiresAt)
        var session = found.session
        session.expiresAt = expiresAt
        return SignedIn(session: session, account: found.account)
    }

    package func signOut(_ session: SessionID) async throws {
        guard try await store.end(session) else { return }
        announce(Revocation(sessions: [session], account: nil, cause: .signedOut))
    }

    /// Ends what has expired; called every minute.
    package func endExpiredSessions() async throws {
        let ended = try await store.endExpiredSessions(at: clock.now())
        if !ended.isEmpty { announce(Revocation(sessions: Set(ended), account: nil, cause: .expired)) }
    }

    // MARK: - Accounts

    /// Creates the administrator `admin` with a random password if there is no account at all; `nil` otherwise. This is the
    /// only time that the password is told.
    package func createFirstAdministrator() async throws -> IssuedPassword? {
        let password = PasswordGenerator.password()
        let account = Account(
            id: .random(), name: "admin", role: .administrator, unit: "", securityCompany: nil, createdAt: clock.now())
        let hash = try await hasher.hash(password)
        guard try await store.createFirst(account, passwordHash: hash) else { return nil }
        return IssuedPassword(account: account, password: password)
    }

    /// Creates an account with a random password.
    ///
    /// - Throws: `roleMayNot`, `accountNameTaken`, and what `AccountDraft.checked()` throws.
    package func create(_ draft: AccountDraft, by administrator: Account) async throws -> IssuedPassword {
        try PermissionTable.require(administrator.role, on: .account, for: .write)
        return try await create(draft)
    }

    /// Without a person behind it, for the command line and the demo: makes sure that the account exists and gives it a
    /// new random password. Role and unit of an account that exists stay as they are; a disabled one is enabled.
    package func provision(_ draft: AccountDraft) async throws -> IssuedPassword {
        guard let found = try await store.credentials(named: draft.name)?.account else { return try await create(draft) }
        if found.isDisabled { _ = try await store.setDisabled(false, account: found.id, at: clock.now()) }
        return try await reset(found)
    }

    package func accounts(for administrator: Account) async throws -> [Account] {
        try PermissionTable.require(administrator.role, on: .account, for: .read)
        return try await store.accounts()
    }

    package func account(_ id: AccountID) async throws -> Account? { try await store.account(id) }

    /// Sets one's own password; the other sessions of the account end.
    ///
    /// - Throws: `signInRefused` if `current` is wrong, `signInThrottled`, `passwordTooShort`, `passwordTooLong`.
    package func setOwnPassword(_ password: String, current: String, of person: SignedIn) async throws {
        try PasswordRule.check(password)
        let key = Self.folded(person.account.name)
        if let wait = state.withLock({ $0.throttle.begin(account: key, peer: person.session.peer, at: clock.now()) }) {
            throw GatewayError(
                .tooMany, "signInThrottled", "密码错误次数过多,请\(wait.components.seconds)秒后再试",
                details: ["retryAfter": "\(wait.components.seconds)"])
        }
        let stored = try await store.credentials(named: person.account.name)?.passwordHash
        guard current.utf8.count <= PasswordRule.byteLimit, try await hasher.verify(current, against: stored) else {
            throw GatewayError(.forbidden, "signInRefused", "当前密码不正确")
        }
        state.withLock { $0.throttle.succeeded(account: key, peer: person.session.peer) }
        let hash = try await hasher.hash(password)
        let ended = try await store.setPasswordHash(hash, of: person.account.id, keeping: person.session.id, at: clock.now())
        announce(Revocation(sessions: Set(ended), account: nil, cause: .passwordChanged))
    }

    /// Gives the account a new random password and ends its sessions.
    package func resetPassword(of id: AccountID, by administrator: Account) async throws -> IssuedPassword {
        try PermissionTable.require(administrator.role, on: .account, for: .write)
        guard let account = try await store.account(id) else {
            throw GatewayError(.notFound, "accountNotFound", "没有该账号", details: ["account": id.rawValue])
        }
        return try await reset(account)
    }

    /// Disables the account, ends its sessions and everything that it watches; or enables it.
    ///
    /// - Throws: `roleMayNot`, `accountNotFound`, `lastAdministrator`.
    package func setDisabled(_ isDisabled: Bool, account id: AccountID, by administrator: Account) async throws {
        try PermissionTable.require(administrator.role, on: .account, for: .write)
        let ended = try await store.setDisabled(isDisabled, account: id, at: clock.now())
        if isDisabled { announce(Revocation(sessions: Set(ended), account: id, cause: .accountDisabled)) }
    }

    // MARK: -

    private func create(_ draft: AccountDraft) async throws -> IssuedPassword {
        let draft = try draft.checked()
        let account = Account(
            id: .random(), name: draft.name, role: draft.role, unit: draft.unit, securityCompany: draft.securityCompany,
            createdAt: clock.now())
        let password = PasswordGenerator.password()
        try await store.create(account, passwordHash: try await hasher.hash(password))
        return IssuedPassword(account: account, password: password)
    }

    private func reset(_ account: Account) async throws -> IssuedPassword {
        let password = PasswordGenerator.password()
        let hash = try await hasher.hash(password)
        let ended = try await store.setPasswordHash(hash, of: account.id, keeping: nil, at: clock.now())
        announce(Revocation(sessions: Set(ended), account: account.id, cause: .passwordChanged))
        return IssuedPassword(account: account, password: password)
    }

    private func announce(_ revocation: Revocation) {
        guard !revocation.sessions.isEmpty || revocation.account != nil else { return }
        for listener in state.withLock({ $0.listeners }) { listener(revocation) }
    }

    private static func folded(_ name: String) -> String { String(Account.folded(name).prefix(64)) }
}
