import Accounts
import FeedRelay
import GatewayCore

/// `consoles`: one media connection a console, and the cells that it shows.
struct ConsoleRoutes {
    struct CellsRequest: Decodable {
        struct Cell: Decodable {
            var cell: Int
            var ticket: String
            /// `true`: the browser cannot play what the feed is, and wants it as H.264.
            var transcode: Bool?
        }

        var cells: [Cell]
    }

    struct CreatedBody: Encodable, Sendable {
        var id: String
        var stream: String
    }

    /// A cell that shows something, or why it does not.
    struct CellBody: Encodable, Sendable {
        var cell: Int
        var feed: UInt32?
        var mimeType: String?
        var state: String?
        var transcoded: Bool
        var error: ErrorBody.Fault?

        private enum CodingKeys: String, CodingKey { case cell, feed, mimeType, state, transcoded, error }

        init(_ result: ConsoleCellResult) {
            cell = result.cell
            feed = result.feed
            mimeType = result.mimeType
            state = result.state?.name
            transcoded = result.isTranscoded
            error = result.error.map(ErrorBody.Fault.init)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(cell, forKey: .cell)
            if let error { return try container.encode(error, forKey: .error) }
            try container.encode(feed, forKey: .feed)
            try container.encode(mimeType, forKey: .mimeType)
            try container.encode(state, forKey: .state)
            try container.encode(transcoded, forKey: .transcoded)
        }
    }

    struct CellsBody: Encodable, Sendable {
        var cells: [CellBody]
    }

    let services: Services

    func add(to table: inout RouteTable) {
        let consoles = services.consoles
        table.on(.post, "consoles", .right(.video, .incident)) { call in
            let (session, credential) = try Self.session(of: call)
            let id = consoles.create(session: session, account: call.caller.account.id, credential: credential)
            return try .json(CreatedBody(id: id.rawValue, stream: "/media/consoles/\(id)"), status: .created)
        }
        table.on(.put, "consoles/:console/cells", .right(.video, .incident)) { call in
            let (session, _) = try Self.session(of: call)
            let cells = try await call.body(CellsRequest.self).cells
            guard Set(cells.map(\.cell)).count == cells.count, cells.allSatisfy({ (0..<1_024).contains($0.cell) }) else {
                throw GatewayError(.invalid, "cellsInvalid", "窗口号重复或超出范围。", details: ["field": "cells"])
            }
            let results = try await consoles.setCells(
                try call.identifier("console"), session: session,
                cells: cells.map { ConsoleCellWish(cell: $0.cell, ticket: $0.ticket, isTranscoded: $0.transcode ?? false) },
                peer: call.peer)
            return try .json(CellsBody(cells: results.map(CellBody.init)))
        }
        table.on(.delete, "consoles/:console", .right(.video, .incident)) { call in
            let (session, _) = try Self.session(of: call)
            consoles.delete(try call.identifier("console"), session: session)
            return .noContent
        }
    }

    private static func session(of call: Call) throws -> (id: SessionID, credential: String) {
        guard let session = call.caller.session, let token = call.caller.token else {
            throw GatewayError(.forbidden, "noSession", "控制套接字不能打开控制台。", remedy: "请以个人账号登录。")
        }
        return (session.id, token.text)
    }
}
