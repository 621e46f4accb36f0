import FeedRelay
import Foundation
import GatewayCore
import Logging
import Synchronization

/// Where recorders get their fragments: the relay.
package protocol FragmentSource: Sendable {
    func attach(_ sink: any FragmentSink, to feed: FeedID)
    func detach(_ sink: any FragmentSink, from feed: FeedID)
}

extension FeedRelay: FragmentSource {}

/// Records the feeds of links, all on one thread.
///
/// ## Concurrency model
/// `start`, `stop` and the readings may be called from anywhere; they change a table behind a mutex. ``run()`` owns the
/// thread «footage»: it looks twice a second, takes what the feeds' loops have queued, writes each file once and the index
/// in batches. Files, machines and the order of writing are that thread's alone.
package final class FootageRecorder: Sendable {
    struct Recording: Sendable {
        let request: RecordingRequest
        let queue: RecordingQueue
        let startedAt: Date
        var state: RecordingState = .waiting
        /// Set when it is to end; the thread then removes it.
        var stop: RunEnd?
    }

    private struct Table {
        /// The newest of each link.
        var recordings: [LinkID: Recording] = [:]
        /// Stopped ones that the thread has not seen yet, oldest first.
        var stopping: [Recording] = []
    }

    let folder: URL
    let store: any FootageStore
    let options: FootageOptions
    let clock: WallClock
    let logger: Logger
    private let source: any FragmentSource
    private let table = Mutex(Table())
    private let alarmClock = ThreadAlarm()

    /// - Parameter folder: `DATA/footage`; made if it is not there, below a folder that is.
    package init(
        folder: URL, store: any FootageStore, source: any FragmentSource, options: FootageOptions = FootageOptions(),
        clock: WallClock = .system, logger: Logger
    ) {
        self.folder = folder
        self.store = store
        self.source = source
        self.options = options
        self.clock = clock
        self.logger = logger
    }

    /// Begins to record; does nothing if the link is being recorded already.
    package func start(_ request: RecordingRequest) {
        let recording = Recording(request: request, queue: RecordingQueue(capacity: options.queueBytes), startedAt: clock.now())
        let isNew = table.withLock { table in
            guard table.recordings[request.link] == nil else { return false }
            table.recordings[request.link] = recording
            return true
        }
        guard isNew else { return }
        source.attach(recording.queue, to: request.feed)
        alarmClock.ring()
    }

    /// Ends the link's recording with its last whole fragment.
    package func stop(_ link: LinkID, reason: RunEnd = .linkEnded) {
        let stopped = table.withLock { table -> Recording? in
            guard var recording = table.recordings.removeValue(forKey: link) else { return nil }
            recording.stop = reason
            table.stopping.append(recording)
            return recording
        }
        guard let stopped else { return }
        source.detach(stopped.queue, from: stopped.request.feed)
        alarmClock.ring()
    }

    /// What is recorded now.
    package func running() -> [LinkID: FeedID] { table.withLock { $0.recordings.mapValues(\.request.feed) } }

    package func states() -> [LinkID: RecordingState] { table.withLock { $0.recordings.mapValues(\.state) } }

    /// Links that are to be recorded and for which nothing can be written now, and why.
    @Sendable package func stopped() -> [LinkID: GapReason] {
        states().compactMapValues { state in
            guard case .stopped(let reason) = state else { return nil }
            return reason
        }
    }

    /// Closes what a dead daemon left open, then records until cancelled; every run is closed when it returns.
    package func run() async throws {
        try makeFolder()
        let openGaps = try await FootageRecovery(folder: folder, store: store, logger: logger).run()
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let thread = Thread { [self] in
                    writeUntilStopped(openGaps: openGaps)
                    continuation.resume()
                }
                thread.name = "footage"
                thread.start()
            }
        } onCancel: {
            alarmClock.stop()
        }
    }

    private func makeFolder() throws(GatewayError) {
        guard mkdir(folder.path, 0o750) != 0 else { return }
        let code = errno
        var status = stat()
        if code == EEXIST, stat(folder.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
        throw GatewayError(
            .failed, "footageFolderUnusable", "不能使用录像目录 \(folder.path)(\(String(cString: strerror(code))))",
            remedy: "检查该路径是否为目录,以及其归属、权限和剩余空间")
    }

    private func writeUntilStopped(openGaps: [LinkID: Gap]) {
        var writer = FootageWriter(recorder: self, openGaps: openGaps)
        while true {
            let isIdle = table.withLock { $0.recordings.isEmpty && $0.stopping.isEmpty }
            let isStopping = alarmClock.wait(atMost: isIdle && writer.isIdle ? nil : options.writeInterval)
            if isStopping {
                let all = table.withLock { Array($0.recordings.values) }
                for recording in all { stop(recording.request.link, reason: .shutdown) }
            }
            let (recordings, stopping) = table.withLock { table in
                defer { table.stopping = [] }
                return (Array(table.recordings.values), table.stopping)
            }
            let states = writer.turn(recordings: recordings, stopping: stopping)
            table.withLock { table in
                for (link, state) in states { table.recordings[link]?.state = state }
            }
            if isStopping { break }
        }
        writer.finish()
    }
}

/// Lets a thread sleep until it is called, its time is up, or it is to stop.
private final class ThreadAlarm: Sendable {
    private let condition = NSCondition()
    private let flags = Mutex((rung: false, stopped: false))

    func ring() { set { $0.rung = true } }
    func stop() { set { $0.stopped = true } }

    private func set(_ change: (inout (rung: Bool, stopped: Bool)) -> Void) {
        condition.lock()
        flags.withLock { change(&$0) }
        condition.broadcast()
        condition.unlock()
    }

    /// Whether it is to stop.
    func wait(atMost interval: TimeInterval?) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        let deadline = interval.map { Date(timeIntervalSinceNow: $0) }
        while true {
            let (rung, stopped) = flags.withLock { flags in
                defer { flags.rung = false }
                return flags
            }
            if stopped || rung { return stopped }
            guard let deadline else { condition.wait(); continue }
            if !condition.wait(until: deadline) { return flags.withLock(\.stopped) }
        }
    }
}
