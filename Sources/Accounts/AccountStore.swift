import Foundation
import GatewayCore

/// Accounts and sessions. One method is one use case and one transaction, its event included.
package protocol AccountStore: Sendable {
    /// - Throws: `GatewayError` `accountNameTaken`.
    func create(_ account: Account, passwordHash: String) async throws
    /// Creates the account if there is none at all; says whether it did.
    func createFirst(_ account: Account, passwordHash: String) async throws -> Bool

    func account(_ id: AccountID) async throws -> Account?
    /// The account of that name, without regard to case, and its password hash.
    func credentials(named name: String) async throws -> AccountCredentials?
    /// By name.
    func accounts() async throws -> [Account]

    /// Sets the hash and ends the account's sessions, but `session` if it is given.
    /// - Returns: the sessions that ended.
    /// - Throws: `GatewayError` `accountNotFound`.
    func setPasswordHash(_ hash: String, of id: AccountID, keeping session: SessionID?, at date: Date) async throws -> [SessionID]
    /// Disables the account and ends its sessions, or enables it.
    /// - Throws: `GatewayError` `accountNotFound`, `lastAdministrator`.
    func setDisabled(_ isDisabled: Bool, account id: AccountID, at date: Date) async throws -> [SessionID]

    /// - Throws: `GatewayError` `accountDisabled` if the account was disabled meanwhile.
    func begin(_ session: Session, tokenHash: [UInt8]) async throws
    /// The session of that token that has not ended by `date`, and its account if that is enabled.
    func session(tokenHash: [UInt8], at date: Date) async throws -> SignedIn?
    func extend(_ session: SessionID, until date: Date) async throws
    /// Whether there was such a session.
    func end(_ session: SessionID) async throws -> Bool
    /// Ends the sessions that expired by `date`.
    func endExpiredSessions(at date: Date) async throws -> [SessionID]
}

package struct AccountCredentials: Sendable {
    package let account: Account
    package let passwordHash: String

    package init(account: Account, passwordHash: String) {
        self.account = account
        self.passwordHash = passwordHash
    }
}

/// A session with its account, as of now.
package struct SignedIn: Sendable, Hashable {
    package let session: Session
    package let account: Account

    package init(session: Session, account: Account) {
        self.session = session
        self.account = account
    }
}
