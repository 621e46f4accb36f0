import Accounts
import FeedRelay
import Foundation
import GatewayCore
import Logging

/// A step of a view on its way into the register.
struct ViewNote: Sendable {
    enum Step: Sendable {
        case started(ViewMedium, peer: String)
        case ended(bytes: Int64, ViewEndReason)
    }

    let grant: ViewGrant
    let at: Date
    let step: Step
}

/// Turns views into rows of the viewing register: adds the names as they are at that moment.
package struct ViewRecorder: Sendable {
    private let register: any ViewingRegister
    private let accounts: any AccountStore
    private let directory: FeedDirectory
    private let logger: Logger

    package init(register: any ViewingRegister, accounts: any AccountStore, directory: FeedDirectory, logger: Logger) {
        self.register = register
        self.accounts = accounts
        self.directory = directory
        self.logger = logger
    }

    /// Whether all rows are written.
    func write(_ notes: [ViewNote]) async -> Bool {
        do {
            var known: [AccountID: Account] = [:]
            var drafts: [ViewingDraft] = []
            for note in notes {
                let id = note.grant.account
                if known[id] == nil { known[id] = try await accounts.account(id) }
                drafts.append(draft(note, account: known[id]))
            }
            try await register.append(drafts)
            return true
        } catch {
            logger.error("the viewing register cannot be written", metadata: ["error": "\(error)", "rows": "\(notes.count)"])
            return false
        }
    }

    func closeInterrupted(at date: Date) async {
        do {
            let count = try await register.endOpenViews(at: date, reason: "interrupted")
            if count > 0 { logger.info("views of an earlier run closed", metadata: ["count": "\(count)"]) }
        } catch {
            logger.error("views of an earlier run cannot be closed", metadata: ["error": "\(error)"])
        }
    }

    private func draft(_ note: ViewNote, account: Account?) -> ViewingDraft {
        let grant = note.grant
        var draft = ViewingDraft(
            kind: .viewStarted, at: note.at, account: grant.account, accountName: account?.name ?? "",
            role: account?.role.rawValue ?? "",
            unit: account?.unit ?? "", session: grant.session, cameraPoint: grant.feed.cameraPoint,
            cameraPointName: directory.name(of: grant.feed.cameraPoint) ?? "", stream: grant.feed.stream,
            purpose: VideoPurpose(grant.purpose), incident: grant.incident, link: grant.link, view: grant.viewID)
        switch note.step {
        case .started(let medium, let peer):
            draft.medium = medium.rawValue
            draft.peer = peer
        case .ended(let bytes, let reason):
            draft.kind = .viewEnded
            draft.bytes = bytes
            draft.endReason = reason.rawValue
        }
        return draft
    }
}

extension VideoPurpose {
    package init(_ purpose: ViewPurpose) {
        switch purpose {
        case .incident: self = .incident
        case .patrol: self = .patrol
        case .acceptance: self = .acceptance
        case .maintenance: self = .maintenance
        }
    }
}
