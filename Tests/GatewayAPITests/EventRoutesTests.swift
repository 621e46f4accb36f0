import Accounts
import Foundation
import GatewayCore
import IncidentCommand
import Testing

@testable import GatewayAPI

@Suite struct EventRoutesTests {
    private func stream(
        _ running: TestGateway.Running, token: String, lastEventID: Int64? = nil
    ) async throws -> RawConnection {
        let connection = try await RawConnection.open(running.address)
        let resume = lastEventID.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        try await connection.send("GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\(resume)\r\n")
        #expect(try await connection.waits(for: "retry: 2000"), "\(connection.text)")
        return connection
    }

    private func note(_ gateway: TestGateway, _ kind: EventKind, _ subject: String, point: CameraPointID? = nil) async throws {
        try await gateway.events.append([EventDraft(at: Date(), kind: kind, subject: subject, cameraPoint: point)])
    }

    @Test func tellsEventsAndResumes() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.serve { running in
                let first = try await stream(running, token: token)
                #expect(first.text.lowercased().contains("content-type: text/event-stream"))
                try await note(gateway, .feedState, "one")
                #expect(try await first.waits(for: #""subject":"one""#))
                #expect(first.text.contains("event: feed.state\ndata: {"))
                let id = try await gateway.events.latestID()
                #expect(first.text.contains("id: \(id)\n"))
                first.close()
                try await note(gateway, .feedState, "two")
                let second = try await stream(running, token: token, lastEventID: id)
                #expect(try await second.waits(for: #""subject":"two""#))
                #expect(!second.text.contains(#""subject":"one""#))
                // A number that this database never gave begins at the end.
                let foreign = try await stream(running, token: token, lastEventID: 999_999)
                try await note(gateway, .feedState, "three")
                #expect(try await foreign.waits(for: #""subject":"three""#))
                #expect(!foreign.text.contains(#""subject":"two""#))
                second.close()
                foreign.close()
            }
        }
    }

    /// A stream that has read on and been silent since has told all that it tells.
    private func isDrained(_ connection: RawConnection) async throws -> Bool {
        let keepAlives = { connection.text.components(separatedBy: ": keep-alive").count }
        let before = keepAlives()
        return try await RawConnection.until(within: .seconds(5)) { keepAlives() >= before + 2 }
    }

    @Test func tellsEachRoleWhatItMayRead() async throws {
        try await TestGateway.run(configure: { $0.eventKeepAlive = .milliseconds(100) }) { gateway in
            let own = try await gateway.addPoint(serial: 1)
            let other = try await gateway.addPoint(serial: 2, department: "住建局")
            let company = try await gateway.addPoint(serial: 3, category: .shopfront, method: .securityCompany, department: "商务局")
            try await gateway.serve { running in
                var streams: [Role: RawConnection] = [:]
                for role in Role.allCases where role != .auditor {
                    streams[role] = try await stream(running, token: try await gateway.token(of: role))
                }
                let notes: [(EventKind, String, CameraPointID?)] = [
                    (.accountChanged, "account-x", nil), (.incidentOpened, "incident-x", nil), (.linkCreated, "link-x", own.id),
                    (.journalAppended, "journal-x", nil), (.recordingStopped, "recording-x", nil), (.feedState, "feed-x", own.id),
                    (.cameraHealth, "health-own", own.id), (.cameraHealth, "health-other", other.id),
                    (.cameraHealth, "health-company", company.id), (.cameraHealth, "health-nowhere", nil),
                    (EventKind(rawValue: "camera.changed"), "changed-other", other.id),
                    (EventKind(rawValue: "unheard.of"), "unknown-x", own.id),
                ]
                for (kind, subject, point) in notes { try await note(gateway, kind, subject, point: point) }
                let cameras: Set = ["health-own", "health-other", "health-company", "health-nowhere", "changed-other"]
                let command: Set = ["incident-x", "link-x", "journal-x"]
                let seen: [Role: Set<String>] = [
                    .administrator: cameras.union(["account-x", "incident-x", "feed-x"]),
                    .operator: cameras.union(command).union(["recording-x", "feed-x"]),
                    .commander: cameras.union(command).union(["recording-x", "feed-x"]), .callTaker: cameras.union(command),
                    .leadDepartment: ["health-own"], .securityCompany: ["health-company"], .memberUnit: [],
                ]
                for (role, connection) in streams {
                    #expect(try await isDrained(connection), "\(role.rawValue)")
                    let told = Set(notes.map(\.1).filter { connection.text.contains(#""\#($0)""#) })
                    #expect(told == seen[role], "\(role.rawValue)")
                    connection.close()
                }
            }
        }
    }

    @Test func silenceIsKeptAlive() async throws {
        try await TestGateway.run(configure: { $0.eventKeepAlive = .milliseconds(150) }) { gateway in
            let viewer = try await gateway.token(of: .callTaker)
            try await gateway.serve { running in
                let connection = try await stream(running, token: viewer)
                // What the caller may not know of does not break the silence.
                try await note(gateway, .accountChanged, "hidden")
                #expect(try await connection.waits(for: ": keep-alive"))
                #expect(!connection.text.contains("hidden"))
                connection.close()
            }
        }
    }

    @Test func endsWithTheSession() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.serve { running in
                let connection = try await stream(running, token: token)
                let person = try await gateway.services.accounts.authenticate(token)
                try await gateway.services.accounts.signOut(person.session.id)
                #expect(try await connection.waits(for: "0\r\n\r\n", within: .seconds(1)))
                connection.close()
            }
        }
    }

    @Test func endsWithTheDaemonAtOnce() async throws {
        try await TestGateway.run { gateway in
            let token = try await gateway.token(of: .operator)
            try await gateway.serve { running in
                let connection = try await stream(running, token: token)
                let start = ContinuousClock.now
                await running.stop()
                #expect(try await connection.waitsForClose(within: .seconds(3)))
                #expect(ContinuousClock.now - start < .seconds(2))
            }
        }
    }

    @Test func peerThatLeavesIsForgotten() async throws {
        try await TestGateway.run { gateway in
            let broadcast = EventBroadcast(source: gateway.events)
            do {
                let stream = try broadcast.subscribe(session: nil, account: .random())
                #expect(broadcast.streamCount == 1)
                withExtendedLifetime(stream) {}
            }
            #expect(try await RawConnection.until(within: .seconds(1)) { broadcast.streamCount == 0 })
            var held: [AsyncStream<EventBroadcast.Signal>] = []
            for _ in 0..<EventBroadcast.streamLimit { held.append(try broadcast.subscribe(session: nil, account: .random())) }
            #expect(throws: GatewayError.self) { try broadcast.subscribe(session: nil, account: .random()) }
            withExtendedLifetime(held) {}
        }
    }
}
