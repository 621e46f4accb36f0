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

    @Test func tellsEachRoleWhatItMayRead() async throws {
        try await TestGateway.run { gateway in
            let own = try await gateway.addPoint(serial: 1)
            let other = try await gateway.addPoint(serial: 2, department: "住建局")
            try await gateway.serve { running in
                var streams: [Role: RawConnection] = [:]
                for role in [Role.administrator, .operator, .callTaker, .leadDepartment, .memberUnit] {
                    streams[role] = try await stream(running, token: try await gateway.token(of: role))
                }
                try await note(gateway, .accountChanged, "account-x")
                try await note(gateway, .incidentOpened, "incident-x")
                try await note(gateway, .recordingStopped, "recording-x")
                try await note(gateway, .cameraHealth, "health-own", point: own.id)
                try await note(gateway, .cameraHealth, "health-other", point: other.id)
                try await note(gateway, EventKind(rawValue: "unheard.of"), "unknown-x")
                let seen: [Role: Set<String>] = [
                    .administrator: ["account-x", "incident-x", "health-own", "health-other"],
                    .operator: ["incident-x", "recording-x", "health-own", "health-other"],
                    .callTaker: ["incident-x", "health-own", "health-other"], .leadDepartment: ["health-own"], .memberUnit: [],
                ]
                let all = ["account-x", "incident-x", "recording-x", "health-own", "health-other", "unknown-x"]
                #expect(try await streams[.operator]?.waits(for: "health-other") == true)
                #expect(try await streams[.administrator]?.waits(for: "health-other") == true)
                #expect(try await streams[.callTaker]?.waits(for: "health-other") == true)
                #expect(try await streams[.leadDepartment]?.waits(for: "health-own") == true)
                for (role, connection) in streams {
                    let told = Set(all.filter { connection.text.contains(#""\#($0)""#) })
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
