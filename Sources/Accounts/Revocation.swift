import GatewayCore

/// Rights that ended just now: whoever watches under them is to be cut off.
package struct Revocation: Sendable, Hashable {
    package enum Cause: String, Sendable, Hashable {
        case signedOut, expired, passwordChanged, accountDisabled
    }

    /// Sessions that ended.
    package let sessions: Set<SessionID>
    /// The account, if everything it holds ended: tickets and views without a session too.
    package let account: AccountID?
    package let cause: Cause

    package init(sessions: Set<SessionID>, account: AccountID?, cause: Cause) {
        self.sessions = sessions
        self.account = account
        self.cause = cause
    }
}
