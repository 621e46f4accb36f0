import Foundation
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import FeedRelay

/// Streams that are published instead of pulled, on loopback.
@Suite(.timeLimit(.minutes(2))) struct PublishedFeedTests {
    @Test("what is published is what viewers get, on one loop or several", arguments: [1, 3])
    func published(threads: Int) async throws {
        try await PublishedStage.run(threads: threads) { stage in
            stage.relay.hold(stage.feed, for: "test")
            try await stage.untilWaiting("waits for its publisher")
            let publisher = try await stage.publisher()
            #expect(try await publisher.publish() == 200)
            try await publisher.send(key: true, payload: [1])
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("the cached picture") { player.lastBytes.last == 1 ? true : nil }
            for number in UInt8(2)...9 { try await publisher.send(key: false, payload: [number]) }
            try await eventually("all pictures") { player.lastBytes.suffix(9) == [1, 2, 3, 4, 5, 6, 7, 8, 9] ? true : nil }
            #expect(try await publisher.ask("GET_PARAMETER") == 200)
            #expect(try await publisher.ask("TEARDOWN") == 200)
            try await stage.untilWaiting("the publisher left")
            #expect(player.snapshot.closed == nil, "its viewers stay")
            #expect(stage.gate.notes.withLockedValue { $0 } == [.began, .ended(.left)])
            #expect(stage.gate.bytes.withLockedValue { $0 } > 100)
        }
    }

    @Test("a publisher that comes back is taken at once, however long the feed would have waited")
    func comesBack() async throws {
        try await PublishedStage.run { stage in
            stage.relay.hold(stage.feed, for: "test")
            let first = try await stage.publisher()
            try await first.publish()
            try await first.send(key: true, payload: [1])
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("the first picture") { player.lastBytes.last == 1 ? true : nil }
            await first.close()
            // Some attempts in vain, so that the pause is a long one.
            try await eventually("a second attempt") {
                stage.states.withLockedValue { states in states.count(where: { $0 == .connecting }) >= 4 ? true : nil }
            }
            let second = try await stage.publisher()
            #expect(try await second.publish() == 200)
            let begun = ContinuousClock.now
            try await second.send(key: false, payload: [9])
            try await second.send(key: true, payload: [2])
            try await eventually("the picture after the gap") { player.lastBytes.last == 2 ? true : nil }
            #expect(ContinuousClock.now - begun < .milliseconds(500))
            #expect(!player.lastBytes.contains(9) && player.snapshot.closed == nil)
        }
    }

    @Test("a feed that nobody needs takes nothing, and has its publisher when it is needed")
    func unneeded() async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.publisher()
            #expect(try await publisher.publish() == 200)
            for _ in 0..<5 { try await publisher.send(key: true, payload: [1]) }
            #expect(try await publisher.ask("GET_PARAMETER") == 200)
            #expect(await stage.relay.state(of: stage.feed) == .closed)
            #expect(await stage.relay.statistics().first?.receivedFrames == 0)
            let player = stage.player()
            try await eventually("the feed's demand") { await stage.relay.state(of: stage.feed) == .connecting ? true : nil }
            try await publisher.send(key: true, payload: [2])
            try await eventually("the picture") { player.lastBytes.last == 2 ? true : nil }
        }
    }

    @Test("one at a time; a second is told so, at ANNOUNCE or at RECORD")
    func oneAtATime() async throws {
        try await PublishedStage.run { stage in
            let (first, early) = (try await stage.publisher(), try await stage.publisher("p1_other"))
            let late = try await stage.publisher("p1_third")
            #expect(try await late.announce() == 200)
            #expect(try await first.publish() == 200)
            #expect(try await early.announce() == 455)
            let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n"
            #expect(try await late.ask("SETUP", transport, path: "/streamid=0") == 200)
            #expect(try await late.ask("RECORD") == 455)
            #expect(first.isOpen)
            #expect(stage.gate.notes.withLockedValue { $0 } == [.began, .refused(.taken), .refused(.taken)])
            await first.close()
            try await eventually("the place") { try await late.ask("RECORD") == 200 ? true : nil }
        }
    }

    @Test("a relay that lost its connection without a word takes over by its ticket", arguments: [1, 3])
    func takenOver(threads: Int) async throws {
        try await PublishedStage.run(threads: threads) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let (lost, back, other) = (
                try await stage.publisher(), try await stage.publisher(), try await stage.publisher("p1_other")
            )
            try await lost.publish()
            // While pictures come nobody does, and none is a moment old for as long as this takes.
            for number in 1...20 {
                try await lost.send(key: number == 1, payload: [UInt8(number)])
                let answer = try await back.announcement()
                #expect(answer.status == 455 && answer.text.contains("Retry-After: 2\r\n"))
            }
            let silent = ContinuousClock.now
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("the cached pictures") { player.lastBytes.last == 20 ? true : nil }
            try await eventually("its place") { try await back.announce() == 200 ? true : nil }
            let waited = ContinuousClock.now - silent
            #expect(waited >= .seconds(2) && waited < .seconds(7))
            let answer = try await other.announcement()
            #expect(answer.status == 455 && answer.text.contains("Retry-After: 10\r\n"))
            #expect(lost.isOpen)
            #expect(try await back.setUpAndRecord() == 200)
            try await eventually("the end of what was lost") { lost.isOpen ? nil : true }
            try await back.send(key: true, payload: [77])
            try await eventually("its picture, at the viewer that stayed") { player.lastBytes.last == 77 ? true : nil }
            #expect(player.snapshot.closed == nil)
            let notes = stage.gate.notes.withLockedValue { $0 }
            #expect(notes.first == .began && notes.suffix(2) == [.ended(.takenOver), .began])
            #expect(notes.dropFirst().dropLast(3).allSatisfy { $0 == .refused(.stillPublished) })
            #expect(notes.suffix(3).first == .refused(.taken))
        }
    }

    @Test("what came back may be too late once more, at RECORD")
    func lostAndFound() async throws {
        try await PublishedStage.run { stage in
            let (lost, back) = (try await stage.publisher(), try await stage.publisher())
            #expect(try await back.announce() == 200)
            try await lost.publish()
            try await lost.send(key: true, payload: [1])
            let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n"
            #expect(try await back.ask("SETUP", transport, path: "/streamid=0") == 200)
            #expect(try await back.ask("RECORD") == 455)
            #expect(stage.gate.notes.withLockedValue { $0 } == [.began, .refused(.stillPublished)])
        }
    }

    @Test(arguments: [("forged", 401), ("revoked", 403), ("pulled", 404), ("nowhere", 404), ("", 401)] as [(String, Int)])
    func whoMayNotIsToldWhy(ticket: String, status: Int) async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.publisher(ticket)
            #expect(try await publisher.announce() == status)
            #expect(try await publisher.ask("OPTIONS") == 200, "the connection is still good")
        }
    }

    @Test func aTicketRevokedBetweenAnnounceAndRecord() async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.publisher()
            #expect(try await publisher.announce() == 200)
            stage.gate.revoked.withLockedValue { $0 = true }
            let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;mode=record\r\n"
            #expect(try await publisher.ask("SETUP", transport) == 200)
            #expect(try await publisher.ask("RECORD") == 403)
        }
    }

    @Test("a revoked ticket ends the publishing within a second, and the feed says why")
    func revoked() async throws {
        try await PublishedStage.run { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.publisher()
            try await publisher.publish()
            try await publisher.send(key: true, payload: [1])
            try await stage.untilLive()
            let feed = stage.feed
            let asked = ContinuousClock.now
            stage.relay.endPublications { $0.feed == feed }
            try await eventually("the end") { publisher.isOpen ? nil : true }
            #expect(ContinuousClock.now - asked < .seconds(1))
            try await stage.untilWaiting("revoked")
            #expect(stage.gate.notes.withLockedValue { $0.last } == .ended(.revoked))
        }
    }

    @Test func aTicketThatRunsOutEndsItsPublishing() async throws {
        try await PublishedStage.run { stage in
            stage.gate.endsIn.withLockedValue { $0 = 1 }
            let publisher = try await stage.publisher()
            #expect(try await publisher.publish() == 200)
            try await eventually("the end") { stage.gate.notes.withLockedValue { $0.last == .ended(.expired) ? true : nil } }
            try await eventually("the connection's end") { publisher.isOpen ? nil : true }
        }
    }

    @Test("a publisher that goes silent is stale, then gone; signs of life without pictures do not help")
    func silent() async throws {
        var options = FeedOptions()
        options.silenceTimeout = .seconds(3)
        try await PublishedStage.run(options) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.publisher()
            try await publisher.publish()
            try await publisher.send(key: true, payload: [1])
            try await stage.untilLive()
            try await eventually("stale") { () -> Bool? in
                _ = try await publisher.ask("GET_PARAMETER")
                return stage.states.withLockedValue { states in
                    states.contains { if case .stale = $0 { true } else { false } } ? true : nil
                }
            }
            try await eventually("the end") { stage.gate.notes.withLockedValue { $0.last == .ended(.silent) ? true : nil } }
            try await eventually("the connection's end") { publisher.isOpen ? nil : true }
        }
    }

    @Test("who sends more than the stream may have is cut off", arguments: [nil, 100])
    func flooding(declaredKbps: Int?) async throws {
        try await PublishedStage.run(declaredKbps: declaredKbps) { stage in
            let publisher = try await stage.publisher()
            try await publisher.publish()
            // 4 s of 32 Mbit/s, or of 8: the least bound.
            let most = declaredKbps == nil ? 16_000_000 : 4_000_000
            _ = try? await publisher.flood(most / 60_000 - 30)
            #expect(try await publisher.ask("GET_PARAMETER") == 200)
            _ = try? await publisher.flood(2_000)
            try await eventually("the end") { stage.gate.notes.withLockedValue { $0.last == .ended(.flooding) ? true : nil } }
            try await eventually("the connection's end") { publisher.isOpen ? nil : true }
        }
    }

    @Test("pictures of more than a camera may have are no pictures here either")
    func oversized() async throws {
        var options = FeedOptions()
        options.pictureTimeout = .milliseconds(300)
        try await PublishedStage.run(options, declaredKbps: 1_000_000) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.publisher()
            try await publisher.publish()
            // One picture without end.
            try await eventually("its refusal") { () -> Bool? in
                try await publisher.flood(20)
                return stage.states.withLockedValue { states in
                    states.contains { state in
                        guard case .backingOff(_, let failure) = state else { return false }
                        return failure.message.contains("5 MiB")
                    } ? true : nil
                }
            }
        }
    }

    @Test("a point that is not pushed any more has no publisher any more")
    func sourceChanged() async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.publisher()
            try await publisher.publish()
            stage.sources.gone.withLockedValue { $0 = true }
            stage.relay.sourceChanged(stage.feed)
            try await eventually("the end") { publisher.isOpen ? nil : true }
            #expect(stage.gate.notes.withLockedValue { $0.last } == .ended(.sourceChanged))
        }
    }

    @Test func theGatewaysEndIsThePublishers() async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.publisher()
            try await publisher.publish()
            await stage.relay.shutdown()
            try await eventually("the end") { publisher.isOpen ? nil : true }
            #expect(stage.gate.notes.withLockedValue { $0.last } == .ended(.shutdown))
        }
    }
}
