import Foundation
import GatewayCore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import FeedRelay

/// Streams that are published by UDP, on loopback.
@Suite(.timeLimit(.minutes(2))) struct DatagramPublishingTests {
    @Test("datagrams out of order, and twice, are a stream in order", arguments: [1, 3])
    func outOfOrder(threads: Int) async throws {
        try await PublishedStage.run(threads: threads) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.datagramPublisher()
            #expect(try await publisher.publish() == 200)
            let pictures = DatagramPublisher.pictures(10)
            try await publisher.send([pictures[0]])
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("the cached picture") { player.lastBytes.last == 1 ? true : nil }
            try await publisher.send([2, 1, 1, 3, 0, 5, 4, 5, 8, 7, 6, 9, 9].map { pictures[$0] })
            try await eventually("all pictures, once") {
                player.lastBytes.suffix(10) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] ? true : nil
            }
            let losses = try #require(await stage.relay.statistics().first).losses
            #expect(losses.lostPackets == 0)
            #expect(try await publisher.dialogue.ask("TEARDOWN") == 200)
            try await stage.untilWaiting("the publisher left")
            #expect(player.snapshot.closed == nil, "its viewers stay")
            #expect(stage.gate.notes.withLockedValue { $0 } == [.began, .ended(.left)])
            #expect(stage.gate.bytes.withLockedValue { $0 } > 100)
            await publisher.close()
        }
    }

    @Test("what is lost is counted and reported to the publisher, and the next key picture is whole", arguments: [1, 3])
    func lost(threads: Int) async throws {
        try await PublishedStage.run(threads: threads) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.datagramPublisher()
            #expect(try await publisher.publish() == 200)
            let pictures = DatagramPublisher.pictures(8, keys: [1, 6])
            try await publisher.send([pictures[0]])
            try await stage.untilLive()
            let player = stage.player()
            try await eventually("the cached picture") { player.lastBytes.last == 1 ? true : nil }
            try await publisher.send([1, 3, 4, 5, 6, 7].map { pictures[$0] })
            try await eventually("the pictures from the key picture on") {
                player.lastBytes.suffix(3) == [6, 7, 8] ? true : nil
            }
            #expect(!player.lastBytes.contains(3))
            #expect(try #require(await stage.relay.statistics().first).losses.lostPackets == 1)
            // RFC 3550 section 6.4.2: the block's sender, and 24 bits of packets lost since the beginning.
            let block = try await eventually("a receiver report with a block") {
                publisher.reports.first { $0.count >= 32 && $0[0] == 0x81 && $0[1] == 201 }
            }
            #expect(Array(block[8..<12]) == [0, 0, 0xCA, 0xFE])
            #expect(Array(block[13..<16]) == [0, 0, 1])
            await publisher.close()
        }
    }

    @Test("what another address sends to the ports is nothing")
    func foreignAddress() async throws {
        try await PublishedStage.run { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.datagramPublisher()
            try await publisher.publish()
            let port = try #require(publisher.serverPort)
            let stranger = try await DatagramBootstrap(group: stage.group).bind(host: "127.0.0.2", port: 0).get()
            let target = try SocketAddress(ipAddress: "127.0.0.1", port: port)
            let pictures = DatagramPublisher.pictures(3)
            for picture in pictures.suffix(2) {
                try await stranger.writeAndFlush(AddressedEnvelope(remoteAddress: target, data: ByteBuffer(bytes: picture)))
            }
            try await publisher.send([pictures[0]])
            try await stage.untilLive()
            #expect(await stage.relay.statistics().first?.receivedFrames == 1)
            try await stranger.close().get()
            await publisher.close()
        }
    }

    @Test("a router between sends from another port than the publisher announced")
    func learnedPort() async throws {
        try await PublishedStage.run { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.datagramPublisher()
            #expect(try await publisher.publish(announced: 9) == 200)
            try await publisher.send(DatagramPublisher.pictures(1))
            try await stage.untilLive()
            await publisher.close()
        }
    }

    @Test("silence ends it; reports are no pictures", arguments: [1, 3])
    func silent(threads: Int) async throws {
        var options = FeedOptions()
        options.silenceTimeout = .seconds(2)
        try await PublishedStage.run(options, threads: threads) { stage in
            stage.relay.hold(stage.feed, for: "test")
            let publisher = try await stage.datagramPublisher()
            try await publisher.publish()
            let began = ContinuousClock.now
            try await publisher.send(DatagramPublisher.pictures(1))
            try await stage.untilLive()
            let report: [UInt8] = [0x80, 200, 0, 6] + Array(repeating: 0, count: 24)
            try await eventually("the end") { () -> Bool? in
                try await publisher.send([report], isControl: true)
                return stage.gate.notes.withLockedValue { $0.last == .ended(.silent) ? true : nil }
            }
            #expect(ContinuousClock.now - began >= .seconds(2))
            try await eventually("the connection's end") { publisher.dialogue.isOpen ? nil : true }
            await publisher.close()
        }
    }

    @Test("who sends more than the stream may have is cut off, be it the same again and again", arguments: [1, 3])
    func flooding(threads: Int) async throws {
        var options = FeedOptions()
        options.publishingRateKbps = 400
        try await PublishedStage.run(options, threads: threads) { stage in
            let publisher = try await stage.datagramPublisher()
            try await publisher.publish()
            var maker = PacketMaker()
            let packet = maker.packet([0x41] + Array(repeating: 7, count: 1_400))
            try await eventually("the end") { () -> Bool? in
                try await publisher.send(Array(repeating: packet, count: 50))
                return stage.gate.notes.withLockedValue { $0.last == .ended(.flooding) ? true : nil }
            }
            try await eventually("the connection's end") { publisher.dialogue.isOpen ? nil : true }
            await publisher.close()
        }
    }

    @Test("ports last as long as the connection, whether it records or not", arguments: [false, true])
    func portsAreGivenBack(records: Bool) async throws {
        try await PublishedStage.run { stage in
            let publisher = try await stage.datagramPublisher()
            if records {
                try await publisher.publish()
            } else {
                #expect(try await publisher.dialogue.announce() == 200)
                #expect(try await publisher.setUp() == 200)
            }
            let port = try #require(publisher.serverPort)
            await #expect(throws: (any Error).self) {
                _ = try await DatagramBootstrap(group: stage.group).bind(host: "127.0.0.1", port: port).get()
            }
            await publisher.close()
            for each in [port, port + 1] {
                let freed = try await eventually("port \(each)") {
                    try? await DatagramBootstrap(group: stage.group).bind(host: "127.0.0.1", port: each).get()
                }
                try await freed.close().get()
            }
        }
    }
}
