import Foundation
import GatewayCore
import NIOCore
import RTSP
import Testing

@testable import FeedRelay

@Suite struct FeedViewerTests {
    private final class Sink: InterleavedSink {
        var pendingBytes = 0
        var written: [Int] = []
        var flushes = 0
        var isClosed = false
        func write(_ frames: ByteBuffer) { written.append(frames.readableBytes) }
        func flush() { flushes += 1 }
        func close() { isClosed = true }
    }

    private let sink = Sink()
    private let viewer: FeedViewer

    init() {
        viewer = FeedViewer(grant: .sample(), sink: sink, queueLimit: 1_000)
    }

    private func unit(_ size: Int, key: Bool = false) -> AccessUnit {
        AccessUnit(
            frames: ByteBuffer(repeating: 0, count: size), mediaTime: .zero, arrival: .now(), isKey: key, firstSequence: 0,
            timestamp: 0)
    }

    @Test func theKeyPictureLeavesFirstTheRestOfTheGOPInOneFlush() {
        viewer.begin(with: [unit(10, key: true), unit(11), unit(12)])
        #expect(sink.written == [10, 11, 12])
        #expect(sink.flushes == 2)
        viewer.deliver(unit(13), report: nil)
        #expect(sink.written.last == 13)
        #expect(sink.flushes == 3)
    }

    @Test("a PLAY is answered before anything is written, with where the packets begin")
    func opening() {
        var answered: [PacketPosition?] = []
        let sink = sink
        let viewer = FeedViewer(grant: .sample(), sink: sink, queueLimit: 1_000) { position in
            #expect(sink.written.isEmpty)
            answered.append(position)
        }
        viewer.begin(
            with: [unit(10, key: true), unit(11)], report: SenderReports(video: ByteBuffer(repeating: 0, count: 32), sound: nil))
        #expect(answered == [PacketPosition(sequence: 0, timestamp: 0)])
        #expect(sink.written == [32, 10, 11])
        var cold: [PacketPosition?] = []
        FeedViewer(grant: .sample(), sink: sink, queueLimit: 1_000) { cold.append($0) }.begin(with: [])
        #expect(cold == [nil])
    }

    @Test func withoutACacheItWaitsForAKeyPicture() {
        viewer.begin(with: [])
        viewer.deliver(unit(10), report: nil)
        #expect(sink.written.isEmpty)
        viewer.deliver(unit(20, key: true), report: nil)
        viewer.deliver(unit(30), report: nil)
        #expect(sink.written == [20, 30])
        #expect(viewer.figures.skipped == 1)
    }

    @Test("a viewer that lags skips to the next key picture, never part of a GOP")
    func overflow() {
        viewer.deliver(unit(10, key: true), report: nil)
        sink.pendingBytes = 950
        viewer.deliver(unit(100), report: nil)
        sink.pendingBytes = 0
        viewer.deliver(unit(20), report: nil)
        #expect(sink.written == [10])
        viewer.deliver(unit(30, key: true), report: nil)
        #expect(sink.written == [10, 30])
        #expect(viewer.figures.skipped == 2)
    }

    @Test("a queue that does not move ends the view; one that moves slowly does not")
    func stall() {
        let now = NIODeadline.now()
        viewer.deliver(unit(10, key: true), report: nil)
        sink.pendingBytes = 1_000
        viewer.deliver(unit(10), report: nil)
        #expect(viewer.overdue(now: now + .seconds(5), date: Date(), stallTime: .seconds(15)) == nil)
        sink.pendingBytes = 900
        #expect(viewer.overdue(now: now + .seconds(16), date: Date(), stallTime: .seconds(15)) == nil)
        #expect(viewer.overdue(now: now + .seconds(40), date: Date(), stallTime: .seconds(15)) == .stalled)
    }

    @Test func nothingIsWrittenOnceItIsGone() {
        viewer.deliver(unit(10, key: true), report: nil)
        viewer.gone()
        viewer.deliver(unit(10, key: true), report: nil)
        #expect(sink.written.count == 1)
    }

    @Test func aViewEndsAtItsTime() {
        let limited = FeedViewer(grant: .sample(endsAt: Date(timeIntervalSince1970: 100)), sink: sink, queueLimit: 1)
        #expect(limited.overdue(now: .now(), date: Date(timeIntervalSince1970: 99), stallTime: .seconds(1)) == nil)
        #expect(limited.overdue(now: .now(), date: Date(timeIntervalSince1970: 100), stallTime: .seconds(1)) == .expired)
    }
}

extension ViewGrant {
    static func sample(feed: FeedID = FeedID(cameraPoint: .random()), endsAt: Date? = nil) -> ViewGrant {
        ViewGrant(
            viewID: .random(), feed: feed, account: .random(), session: nil, incident: nil, link: nil, purpose: .incident,
            endsAt: endsAt)
    }
}
