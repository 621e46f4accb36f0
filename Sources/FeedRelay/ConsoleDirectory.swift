import Crypto
import Foundation
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

/// One cell that a console asks for.
package struct ConsoleCellWish: Sendable {
    package let cell: Int
    package let ticket: String
    /// As H.264: the browser plays nothing else of what the feed may be.
    package let isTranscoded: Bool

    package init(cell: Int, ticket: String, isTranscoded: Bool = false) {
        self.cell = cell
        self.ticket = ticket
        self.isTranscoded = isTranscoded
    }
}

/// What became of one cell that a console asked for.
package struct ConsoleCellResult: Sendable {
    package let cell: Int
    /// Number of the feed in the console's messages; `nil` with an error.
    package let feed: UInt32?
    /// `nil` while the camera has not told its codec yet; the initialization message brings it.
    package let mimeType: String?
    package let state: FeedState?
    package let isTranscoded: Bool
    package let error: GatewayError?
}

/// The consoles that are open: each has one media connection and a set of cells.
///
/// ## Concurrency model
/// A lock guards the table of consoles and each console's wishes; what really flows is confined to the loop of the
/// console's connection, which is told the whole set of feeds each time.
package final class ConsoleDirectory: Sendable {
    static let cellLimit = 64
    static let consolesPerSession = 8

    private let relay: FeedRelay
    private let consoles = NIOLockedValueBox<[ConsoleID: Console]>([:])

    package init(relay: FeedRelay) { self.relay = relay }

    /// - Parameter credential: the session token that the media connection must present again.
    package func create(session: SessionID, account: AccountID, credential: String) -> ConsoleID {
        let console = Console(session: session, account: account, credential: credential)
        let id = ConsoleID.random()
        let dropped = consoles.withLockedValue { consoles -> [Console] in
            let own = consoles.filter { $0.value.session == session }.sorted { $0.value.createdAt < $1.value.createdAt }
            let surplus = own.prefix(max(0, own.count - Self.consolesPerSession + 1))
            for (id, _) in surplus { consoles[id] = nil }
            consoles[id] = console
            return surplus.map(\.value)
        }
        dropped.forEach { $0.close() }
        return id
    }

    /// Sets the whole set of cells; feeds that no cell names any more stop. A cell that keeps its ticket is not admitted
    /// again, so that a ticket may be older than its minute.
    /// - Throws: `notFound` if the console is not this session's, `tooMany` above 64 cells.
    package func setCells(
        _ id: ConsoleID, session: SessionID, cells: [ConsoleCellWish], peer: String
    ) async throws(GatewayError) -> [ConsoleCellResult] {
        guard let console = console(id, session: session) else { throw Self.unknown }
        guard cells.count <= Self.cellLimit else {
            throw GatewayError(.tooMany, "tooManyCells", "一个控制台最多 \(Self.cellLimit) 个窗口")
        }
        var results: [ConsoleCellResult] = []
        for (wish, admission) in console.admit(cells, relay: relay, peer: peer) {
            switch admission {
            case .refused(let error):
                results.append(
                    ConsoleCellResult(
                        cell: wish.cell, feed: nil, mimeType: nil, state: nil, isTranscoded: wish.isTranscoded, error: error))
            case .granted(let grant):
                let rendition = Rendition(grant.feed, isTranscoded: wish.isTranscoded)
                let feed = relay.feed(rendition)
                let glance = await relay.glance(at: rendition)
                results.append(
                    ConsoleCellResult(
                        cell: wish.cell, feed: feed?.number, mimeType: glance?.mimeType, state: glance?.state ?? .connecting,
                        isTranscoded: wish.isTranscoded, error: nil))
            }
        }
        return results
    }

    package func delete(_ id: ConsoleID, session: SessionID) {
        guard let console = console(id, session: session) else { return }
        consoles.withLockedValue { _ = $0.removeValue(forKey: id) }
        console.close()
    }

    /// Ends the consoles of sessions that ended.
    package func end(where isEnded: (SessionID, AccountID) -> Bool) {
        let ended = consoles.withLockedValue { consoles -> [Console] in
            let ended = consoles.filter { isEnded($0.value.session, $0.value.account) }
            for id in ended.keys { consoles[id] = nil }
            return Array(ended.values)
        }
        ended.forEach { $0.close() }
    }

    /// The console for a media connection that presents this credential.
    func console(_ id: ConsoleID, credential: String) -> Console? {
        consoles.withLockedValue { $0[id] }.flatMap { $0.isOpened(by: credential) ? $0 : nil }
    }

    private func console(_ id: ConsoleID, session: SessionID) -> Console? {
        consoles.withLockedValue { $0[id] }.flatMap { $0.session == session ? $0 : nil }
    }

    private static let unknown = GatewayError(.notFound, "consoleUnknown", "控制台已失效", remedy: "请重新打开控制台")
}

/// One console: what it wants, and the connection on which it gets it.
final class Console: Sendable {
    let session: SessionID
    let account: AccountID
    let createdAt = Date()
    private let credentialDigest: [UInt8]
    private let state = NIOLockedValueBox(State())

    private struct Cell {
        var wish: ConsoleCellWish
        var grant: ViewGrant
    }

    private struct State {
        var cells: [Int: Cell] = [:]
        var connection: ConsoleConnection?
        var isClosed = false
    }

    init(session: SessionID, account: AccountID, credential: String) {
        self.session = session
        self.account = account
        self.credentialDigest = Array(SHA256.hash(data: Data(credential.utf8)))
    }

    func isOpened(by credential: String) -> Bool {
        let digest = Array(SHA256.hash(data: Data(credential.utf8)))
        return zip(digest, credentialDigest).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A transcode has its slot when its cell is granted.
    func admit(
        _ wishes: [ConsoleCellWish], relay: FeedRelay, peer: String
    ) -> [(wish: ConsoleCellWish, admission: Admission)] {
        let held = state.withLockedValue { Array($0.cells.values) }
        var admissions: [(wish: ConsoleCellWish, admission: Admission)] = []
        var cells: [Int: Cell] = [:]
        for wish in wishes {
            let known = held.first { $0.wish.ticket == wish.ticket && $0.wish.isTranscoded == wish.isTranscoded }
            let admission = known.map { .granted($0.grant) } ?? admit(wish, relay: relay, peer: peer)
            if case .granted(let grant) = admission { cells[wish.cell] = Cell(wish: wish, grant: grant) }
            admissions.append((wish, admission))
        }
        let connection = state.withLockedValue { state in
            state.cells = cells
            return state.connection
        }
        connection?.update()
        return admissions
    }

    private func admit(_ wish: ConsoleCellWish, relay: FeedRelay, peer: String) -> Admission {
        let admission = relay.gate.admit(ViewRequest(ticket: wish.ticket, medium: .console, peer: peer))
        guard case .granted(let grant) = admission else { return admission }
        guard grant.account == account else { return .refused(GatewayError(.forbidden, "ticketOfOther", "播放凭证属于另一账号")) }
        if wish.isTranscoded, case .failure(let error) = relay.transcode(of: grant.feed) { return .refused(error) }
        return admission
    }

    /// The grants that the connection is to serve, one a rendition.
    var wantedGrants: [Rendition: ViewGrant] {
        state.withLockedValue { state in
            Dictionary(
                state.cells.values.map { (Rendition($0.grant.feed, isTranscoded: $0.wish.isTranscoded), $0.grant) },
                uniquingKeysWith: { first, _ in first })
        }
    }

    /// A view ended for good: its cells are empty from now on.
    func forget(_ grant: ViewGrant) {
        state.withLockedValue { state in state.cells = state.cells.filter { $0.value.grant.viewID != grant.viewID } }
    }

    /// The newest connection wins; the one before is closed. `false` if the console is closed already.
    func attach(_ connection: ConsoleConnection) -> Bool {
        let (isTaken, former) = state.withLockedValue { state -> (Bool, ConsoleConnection?) in
            guard !state.isClosed else { return (false, nil) }
            let former = state.connection
            state.connection = connection
            return (true, former)
        }
        former?.closeFromAnywhere()
        return isTaken
    }

    func detach(_ connection: ConsoleConnection) {
        state.withLockedValue { if $0.connection === connection { $0.connection = nil } }
    }

    func close() {
        let connection = state.withLockedValue { state in
            state.isClosed = true
            state.cells = [:]
            defer { state.connection = nil }
            return state.connection
        }
        connection?.closeFromAnywhere()
    }
}
