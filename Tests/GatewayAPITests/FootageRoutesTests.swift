import Footage
import Foundation
import GatewayCore
import HTTPTypes
import HummingbirdTesting
import IncidentCommand
import Testing
import VideoDispatch

@testable import GatewayAPI

@Suite struct FootageRoutesTests {
    @Test func deliversWholeFragmentsInRanges() async throws {
        try await TestGateway.run { gateway in
            let point = try await gateway.addPoint()
            let actor = try await gateway.actor(.operator)
            let incident = try await gateway.services.incidents.open(
                IncidentOpening(title: "测试", category: .accident), by: actor, at: Date())
            let link = try await gateway.services.links.create(LinkRequest(cameraPoint: point.id), on: incident.id, by: actor)
            let run = Run(
                id: .random(), incident: incident.id, link: link.id, feed: FeedID(cameraPoint: point.id), path: "2026-11-23/a.mp4",
                mimeType: "video/mp4; codecs=\"avc1.64001e\"", startedAt: Date(), mediaStart: .zero)
            try await gateway.footage.commit([.runOpened(run), .runGrew(run.id, playableBytes: 10)])
            let folder = gateway.folder.appending(path: "footage/2026-11-23")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            // The last two bytes are of a fragment that is still being written.
            try Data("0123456789xx".utf8).write(to: folder.appending(path: "a.mp4"))
            let token = try await gateway.token(of: .commander)
            let path = "incidents/\(incident.id)/footage/\(run.id).mp4"
            try await gateway.application.test(.router) { client in
                let list = try await client.send(.get, "incidents/\(incident.id)/footage", token: token)
                #expect(list.text("runs.0.state") == "recording" && list.isNull("runs.0.to"), "\(list.body)")
                #expect(list.number("runs.0.bytes") == 10 && list.count("gaps") == 0)
                let links = try await client.send(.get, "incidents/\(incident.id)/links", token: token)
                #expect(links.text("items.0.recording.state") == "recording")
                #expect(links.text("items.0.recording.runId") == run.id.rawValue)

                // The disk is full: the index still has the run open, the recorder knows better.
                gateway.stoppedLinks.set([link.id: .diskReserve])
                let full = try await client.send(.get, "incidents/\(incident.id)/footage", token: token)
                #expect(full.text("runs.0.state") == "stopped" && full.text("runs.0.stopReason") == "diskReserve", "\(full.body)")
                let held = try await client.send(.get, "incidents/\(incident.id)/links", token: token)
                #expect(held.text("items.0.recording.state") == "stoppedDiskFull")
                gateway.stoppedLinks.set([link.id: .writeFailed])
                let failed = try await client.send(.get, "incidents/\(incident.id)/links", token: token)
                #expect(failed.text("items.0.recording.state") == "stoppedWriteFailed")
                gateway.stoppedLinks.set([:])

                let whole = try await client.send(.get, path, token: token)
                #expect(whole.status == 200 && whole.body == "0123456789", "\(whole.body)")
                #expect(whole.headers[.contentType] == "video/mp4" && whole.headers[.acceptRanges] == "bytes")
                let part = try await client.send(.get, path, token: token, headers: [.range: "bytes=3-5"])
                #expect(part.status == 206 && part.body == "345" && part.headers[.contentRange] == "bytes 3-5/10")
                let tail = try await client.send(.get, path, token: token, headers: [.range: "bytes=-2"])
                #expect(tail.body == "89")
                let beyond = try await client.send(.get, path, token: token, headers: [.range: "bytes=10-"])
                #expect(beyond.status == 416 && beyond.headers[.contentRange] == "bytes */10")
                let stale = try await client.send(.get, path, token: token, headers: [.range: "bytes=3-5", .ifRange: "\"other\""])
                #expect(stale.status == 200 && stale.body.count == 10)
                let head = try await client.send(.head, path, token: token)
                #expect(head.headers[.contentLength] == "10" && head.body.isEmpty)
                // One trace for all these ranges.
                #expect(gateway.handedOut.all == [run.id])

                let other = try await gateway.services.incidents.open(
                    IncidentOpening(title: "另一", category: .accident), by: actor, at: Date())
                let foreign = try await client.send(.get, "incidents/\(other.id)/footage/\(run.id).mp4", token: token)
                #expect(foreign.status == 404 && foreign.reason == "runNotFound")
            }
        }
    }

    @Test func everyHandOutLeavesOneTrace() {
        let traces = FootageTraces()
        let (account, run) = (AccountID.random(), RunID.random())
        let start = Date(timeIntervalSince1970: 1_000_000)
        #expect(traces.begins(account: account, run: run, at: start))
        #expect(!traces.begins(account: account, run: run, at: start + 599))
        #expect(traces.begins(account: .random(), run: run, at: start))
        #expect(traces.begins(account: account, run: .random(), at: start))
        #expect(traces.begins(account: account, run: run, at: start + 600))
        for _ in 0..<(2 * FootageTraces.limit) { _ = traces.begins(account: .random(), run: run, at: start + 601) }
        let stranger = AccountID.random()
        for _ in 0..<2 { #expect(traces.begins(account: stranger, run: run, at: start + 602)) }
    }
}
