import FeedRelay
import Foundation
import GatewayCore
import GatewayStore
import IncidentCommand
import Logging
import NIOCore
import Synchronization
import Testing
import VideoDispatch

@testable import Footage

/// Recorder, real files and real SQLite; fragments as the relay would give them.
@Suite struct FootageRecorderTests {
    /// Where recorders are attached: keeps the queue of each feed.
    private final class Source: FragmentSource {
        let queues = Mutex<[FeedID: RecordingQueue]>([:])
        func attach(_ sink: any FragmentSink, to feed: FeedID) { queues.withLock { $0[feed] = sink as? RecordingQueue } }
        func detach(_ sink: any FragmentSink, from feed: FeedID) { sink.runEnded(.detached) }
        func queue(_ feed: FeedID) -> RecordingQueue? { queues.withLock { $0[feed] } }
    }

    /// What was logged as an error.
    private final class ErrorLog: LogHandler {
        private let lines = Mutex<[String]>([])
        var messages: [String] { lines.withLock { $0 } }
        var metadata: Logger.Metadata {
            get { [:] }
            set {}
        }
        var logLevel: Logger.Level {
            get { .error }
            set {}
        }
        subscript(metadataKey _: String) -> Logger.Metadata.Value? {
            get { nil }
            set {}
        }

        func log(event: LogEvent) { lines.withLock { $0.append("\(event.message)") } }
    }

    /// A store whose disk is full for a while.
    private final class FillingStore: FootageStore {
        private let store: any FootageStore
        private let attempts = Mutex((isFull: false, failures: 0))
        var failures: Int { attempts.withLock { $0.failures } }

        init(_ store: any FootageStore) { self.store = store }

        func fill(_ isFull: Bool) { attempts.withLock { $0.isFull = isFull } }

        func apply(_ changes: [FootageChange]) throws {
            let isFull = attempts.withLock { attempts in
                if attempts.isFull { attempts.failures += 1 }
                return attempts.isFull
            }
            if isFull { throw GatewayError(.unavailable, "diskFull", "full") }
            try store.apply(changes)
        }

        func runs(of incident: IncidentID) async throws -> [Run] { try await store.runs(of: incident) }
        func gaps(of incident: IncidentID) async throws -> [Gap] { try await store.gaps(of: incident) }
        func run(_ id: RunID) async throws -> Run? { try await store.run(id) }
        func openRuns() async throws -> [(run: Run, lastMark: GOPMark?)] { try await store.openRuns() }
        func commit(_ changes: [FootageChange]) async throws { try await store.commit(changes) }
        func openGaps() async throws -> [Gap] { try await store.openGaps() }
    }

    private struct Scene {
        let folder: URL
        let store: DatabaseFootageStore
        let events: DatabaseEventStore
        let incident: IncidentID
        let request: RecordingRequest
        let source = Source()
        var options = FootageOptions()
        let errors = ErrorLog()

        var footage: URL { folder.appending(path: "footage") }

        func recorder(store other: (any FootageStore)? = nil) -> FootageRecorder {
            FootageRecorder(
                folder: footage, store: other ?? store, source: source, options: options,
                logger: Logger(label: "test") { [errors] _ in errors })
        }

        /// Seconds of video at 10 frames a second, key pictures each second, ending now.
        func feed(_ seconds: ClosedRange<Int>, began: Bool, payload: Int = 200) {
            guard let queue = source.queue(request.feed) else { return }
            if began { queue.began(initSegment: Boxes.initSegment, mimeType: "video/mp4; codecs=\"avc1.42C01E\"") }
            for frame in (seconds.lowerBound * 10)..<(seconds.upperBound * 10) {
                queue.append(
                    ByteBuffer(bytes: Boxes.fragment(time: Int64(frame) * 9_000, duration: 9_000, payload: payload)),
                    isKey: frame % 10 == 0,
                    mediaTime: MediaTime(ticks: Int64(frame) * 9_000),
                    wallTime: Date(timeIntervalSinceNow: Double(frame - seconds.upperBound * 10) / 10))
            }
        }
    }

    private func withScene(_ body: (inout Scene) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "footage-\(UInt64.random(in: 0...UInt64.max))")
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try GatewayDatabase(in: DataFolder(at: folder))
        let actor = IncidentActor(id: .random(), name: "李四", role: "operator")
        let incident = try await DatabaseIncidentStore(database).open(
            IncidentOpening(title: "火情", category: .accident), by: actor, at: Date())
        let link = Link(
            incident: incident.id, cameraPoint: .random(), cameraPointName: "新华路口", record: true, ground: nil, reason: nil,
            linkedAt: Date(), linkedBy: actor, expiresAt: Date() + 3_600)
        _ = try await DatabaseLinkStore(database).createLink(on: incident.id) { _, _ in
            LinkChange(
                link: link, journal: JournalDraft(incident: incident.id, at: Date(), actor: actor, kind: .linkCreated, text: "关联"),
                event: EventDraft(at: Date(), kind: .linkCreated, subject: link.id.rawValue))
        }
        var scene = Scene(
            folder: folder, store: DatabaseFootageStore(database), events: DatabaseEventStore(database), incident: incident.id,
            request: RecordingRequest(link: link.id, incident: incident.id, feed: FeedID(cameraPoint: link.cameraPoint)))
        scene.options.writeInterval = 0.02
        scene.options.reserveBytes = 0
        do {
            try await body(&scene)
        } catch {
            try? database.close()
            throw error
        }
        try database.close()
    }

    private func expectEventually(
        sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(5)
        var holds = try await condition()
        while !holds, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
            holds = try await condition()
        }
        #expect(holds, sourceLocation: sourceLocation)
    }

    /// Runs the recorder around `body`; it is shut down in order.
    private func running(_ recorder: FootageRecorder, _ body: () async throws -> Void) async throws {
        let task = Task { try await recorder.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            try await task.value
            throw error
        }
        task.cancel()
        try await task.value
    }

    @Test func aLinkIsRecordedIntoOneFileARun() async throws {
        try await withScene { scene in
            let recorder = scene.recorder()
            try await running(recorder) {
                recorder.start(scene.request)
                recorder.start(scene.request)
                #expect(recorder.running() == [scene.request.link: scene.request.feed])
                scene.feed(0...3, began: true)
                try await expectEventually { if case .recording? = recorder.states()[scene.request.link] { true } else { false } }
                recorder.stop(scene.request.link)
                #expect(recorder.running().isEmpty)
                try await expectEventually { try await scene.store.runs(of: scene.incident).first?.endedAt != nil }
            }
            let runs = try await scene.store.runs(of: scene.incident)
            let run = try #require(runs.first)
            #expect(runs.count == 1 && run.endReason == .linkEnded)
            let (_, file, bytes) = try await FootageLibrary(folder: scene.footage, store: scene.store).file(
                of: run.id, incident: scene.incident)
            let stored = try Data(contentsOf: file)
            let expected =
                Boxes.initSegment + (0..<30).flatMap { Boxes.fragment(time: Int64($0) * 9_000, duration: 9_000, payload: 200) }
            #expect(Int(bytes) == stored.count && [UInt8](stored) == expected)
            #expect(try await scene.store.openRuns().isEmpty)
            #expect(try await scene.store.openGaps().isEmpty)
        }
    }

    @Test func aShutdownClosesRunsAndTheNextLifeTheGap() async throws {
        try await withScene { scene in
            let first = scene.recorder()
            try await running(first) {
                first.start(scene.request)
                scene.feed(0...2, began: true)
                try await expectEventually { try await scene.store.runs(of: scene.incident).count == 1 }
            }
            #expect(try await scene.store.runs(of: scene.incident).map(\.endReason) == [.shutdown])
            let open = try await scene.store.openGaps()
            #expect(open.map(\.reason) == [.daemonStopped])

            let second = scene.recorder()
            try await running(second) {
                second.start(scene.request)
                try await expectEventually { scene.source.queue(scene.request.feed) != nil }
                scene.feed(0...1, began: true)
                try await expectEventually { try await scene.store.runs(of: scene.incident).count == 2 }
                second.stop(scene.request.link)
                try await expectEventually { try await scene.store.openRuns().isEmpty }
            }
            #expect(try await scene.store.openGaps().isEmpty)
            let gap = try #require(try await scene.store.gaps(of: scene.incident).first)
            #expect(gap.id == open.first?.id && gap.to != nil)
        }
    }

    /// `kill -9`: the database says «recording», the file ends anywhere in its last GOP.
    @Test func afterAKillEveryCutPlaysToItsLastWholeFragment() async throws {
        try await withScene { scene in
            let fragments = (0..<30).map { Boxes.fragment(time: Int64($0) * 9_000, duration: 9_000, payload: 40) }
            let whole = Boxes.initSegment + fragments.flatMap(\.self)
            var ends = [Boxes.initSegment.count]
            for fragment in fragments { ends.append(ends[ends.count - 1] + fragment.count) }
            let started = Date(timeIntervalSince1970: 1_795_406_400)
            let run = Run(
                id: .random(), incident: scene.incident, link: scene.request.link, feed: scene.request.feed,
                path: "2026-11-23/x.mp4",
                mimeType: "video/mp4", startedAt: started, mediaStart: .zero)
            let file = scene.footage.appending(path: run.path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            // The last mark that was written is that of the GOP before: marks are batched.
            let mark = GOPMark(run: run.id, offset: Int64(ends[10]), mediaTime: MediaTime(ticks: 90_000), wallTime: started + 1)
            for length in ends[20]...whole.count {
                try Data(whole.prefix(length)).write(to: file)
                let closed = FootageRecovery.end(of: run, lastMark: mark, in: scene.footage)
                let count = try #require(ends.lastIndex { $0 <= length })
                #expect(closed.bytes == Int64(ends[count]))
                #expect(abs(closed.endedAt.timeIntervalSince(started) - Double(count) / 10) < 0.001)
                #expect(try Data(contentsOf: file).count == length)
            }
        }
    }

    @Test func afterAKillTheRunIsClosedAndTheGapBegins() async throws {
        try await withScene { scene in
            let run = Run(
                id: .random(), incident: scene.incident, link: scene.request.link, feed: scene.request.feed,
                path: "2026-11-23/x.mp4",
                mimeType: "video/mp4", startedAt: Date(timeIntervalSinceNow: -100), mediaStart: .zero)
            let lost = Run(
                id: .random(), incident: scene.incident, link: scene.request.link, feed: scene.request.feed,
                path: "2026-11-23/y.mp4",
                mimeType: "video/mp4", startedAt: Date(timeIntervalSinceNow: -50), mediaStart: .zero)
            let fragment = Boxes.fragment(time: 0, duration: 90_000, payload: 40)
            let file = scene.footage.appending(path: run.path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(Boxes.initSegment + fragment + fragment.prefix(50)).write(to: file)
            try scene.store.apply([.runOpened(run), .runOpened(lost)])

            let recorder = scene.recorder()
            try await running(recorder) { try await expectEventually { try await scene.store.openRuns().isEmpty } }
            let runs = try await scene.store.runs(of: scene.incident)
            #expect(runs.map(\.endReason) == [.interrupted, .interrupted])
            #expect(runs.map(\.playableBytes) == [Int64(Boxes.initSegment.count + fragment.count), 0])
            let gaps = try await scene.store.openGaps()
            #expect(gaps.map(\.reason) == [.daemonStopped])
            #expect(abs(gaps[0].from.timeIntervalSince(run.startedAt) - 1) < 0.01)
            // The run that never came to a file is not shown.
            let library = FootageLibrary(folder: scene.footage, store: scene.store)
            #expect(try await library.footage(of: scene.incident).runs.map(\.id) == [run.id])
            await #expect(throws: GatewayError.self) { try await library.file(of: lost.id, incident: scene.incident) }
            await #expect(throws: GatewayError.self) { try await library.file(of: run.id, incident: .random()) }
        }
    }

    @Test func belowTheReserveRecordingStopsWithAGapAndAnAlarm() async throws {
        try await withScene { scene in
            scene.options.reserveBytes = .max / 2
            let recorder = scene.recorder()
            try await running(recorder) {
                recorder.start(scene.request)
                scene.feed(0...2, began: true)
                try await expectEventually { recorder.states()[scene.request.link] == .stopped(.diskReserve) }
                try await expectEventually { try await scene.store.openGaps().count == 1 }
                let told = try await scene.events.events(after: 0, limit: 100).filter { $0.kind == .recordingStopped }
                #expect(told.count == 1)
                #expect(told.first?.payload["reason"] == "diskReserve")
            }
            #expect(try await scene.store.runs(of: scene.incident).isEmpty)
            #expect(try await scene.store.gaps(of: scene.incident).map(\.reason) == [.diskReserve])
        }
    }

    /// The day's folder cannot be made: a file is in its place.
    @Test func aWriteErrorEndsTheRunAndLaterOneIsTriedAgain() async throws {
        try await withScene { scene in
            scene.options.retryInterval = 0.2
            let day = scene.footage.appending(path: RecorderMachine.path(of: .random(), at: Date())).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: scene.footage, withIntermediateDirectories: true)
            try Data().write(to: day)
            let recorder = scene.recorder()
            try await running(recorder) {
                recorder.start(scene.request)
                scene.feed(0...2, began: true)
                try await expectEventually {
                    let reasons = try await scene.store.gaps(of: scene.incident).map(\.reason)
                    let open = try await scene.store.openRuns()
                    return reasons == [.writeFailed] && open.isEmpty
                }
                try FileManager.default.removeItem(at: day)
                var second = 2
                try await expectEventually {
                    scene.feed(second...second + 1, began: false)
                    second += 1
                    return try await scene.store.openRuns().count == 1
                }
            }
            let runs = try await scene.store.runs(of: scene.incident)
            #expect(runs.first?.endReason == .writeFailed && runs.first?.playableBytes == 0)
            #expect(runs.last?.endReason == .shutdown && (runs.last?.playableBytes ?? 0) > 0)
        }
    }

    /// The index cannot be told that nothing is recorded; the recorder can be asked.
    @Test func aFullDiskStopsWhatBegins() async throws {
        try await withScene { scene in
            let store = FillingStore(scene.store)
            store.fill(true)
            let recorder = scene.recorder(store: store)
            try await running(recorder) {
                recorder.start(scene.request)
                #expect(recorder.stopped().isEmpty)
                scene.feed(0...2, began: true)
                try await expectEventually { recorder.stopped() == [scene.request.link: .diskReserve] }
            }
        }
    }

    @Test("an index that cannot be written is said once, and recording is whole again when it can")
    func aFullDiskIsSaidOnce() async throws {
        try await withScene { scene in
            scene.options.indexInterval = 0.02
            let store = FillingStore(scene.store)
            let recorder = scene.recorder(store: store)
            try await running(recorder) {
                recorder.start(scene.request)
                scene.feed(0...2, began: true)
                try await expectEventually { (try await store.openRuns().first?.run.playableBytes ?? 0) > 0 }
                let before = try await store.openRuns().first?.run.playableBytes ?? 0
                store.fill(true)
                scene.feed(2...4, began: false)
                try await expectEventually { store.failures > 5 }
                store.fill(false)
                try await expectEventually { (try await store.openRuns().first?.run.playableBytes ?? 0) > before }
            }
            #expect(scene.errors.messages == ["the footage index cannot be written"])
            #expect(try await scene.store.runs(of: scene.incident).count == 1)
        }
    }

    @Test func aFolderThatCannotBeMadeIsNamedWithItsRemedy() async throws {
        try await withScene { scene in
            try Data().write(to: scene.footage)
            let recorder = scene.recorder()
            let error = await #expect(throws: GatewayError.self) { try await recorder.run() }
            #expect(error?.message == "不能使用录像目录 \(scene.footage.path)(File exists)" && error?.remedy != nil)
        }
    }

    @Test func theIndexNeverPromisesMoreThanTheFileHolds() async throws {
        try await withScene { scene in
            scene.options.indexInterval = 0.05
            let recorder = scene.recorder()
            try await running(recorder) {
                recorder.start(scene.request)
                for second in 0..<20 {
                    scene.feed(second...second + 1, began: second == 0)
                    try await Task.sleep(for: .milliseconds(10))
                    for run in try await scene.store.runs(of: scene.incident) where run.playableBytes > 0 {
                        let size = try Data(contentsOf: scene.footage.appending(path: run.path)).count
                        #expect(run.playableBytes <= Int64(size))
                    }
                }
                try await expectEventually { (try await scene.store.runs(of: scene.incident).first?.playableBytes ?? 0) > 40_000 }
            }
        }
    }
}
