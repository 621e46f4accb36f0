import Foundation
import GatewayCore
import Logging

/// The footage thread's own state: one track a recording, and the changes of the index that wait for their batch.
///
/// Order of writing: a run's row before its file, a file's bytes before the rows that speak of them. So after `kill -9` a
/// file always has a row, and no row promises more than the file holds.
struct FootageWriter: ~Copyable {
    private final class Track {
        var machine: RecorderMachine
        let queue: RecordingQueue
        var file: RunFile?
        /// Run of which a write failed: its end is found in its file, not counted.
        var broken: Run?

        init(machine: RecorderMachine, queue: RecordingQueue) {
            self.machine = machine
            self.queue = queue
        }
    }

    /// Changes kept when the index cannot be written; beyond it marks are let go, which recovery can do without.
    static let pendingLimit = 20_000

    private let recorder: FootageRecorder
    private var tracks: [ObjectIdentifier: Track] = [:]
    private var openGaps: [LinkID: Gap]
    private var pending: [FootageChange] = []
    private var isUrgent = false
    private var indexedAt = Date.distantPast
    private var spaceCheckedAt = Date.distantPast
    private var retryAt: Date?
    /// How often the index could not be written since it last could: said once, not twice a second.
    private var failedIndexings = 0
    private var batch = RecordingBatch()

    init(recorder: FootageRecorder, openGaps: [LinkID: Gap]) {
        self.recorder = recorder
        self.openGaps = openGaps
    }

    var isIdle: Bool { tracks.isEmpty && pending.isEmpty }

    /// One look at everything; answers what each recording does now.
    mutating func turn(
        recordings: [FootageRecorder.Recording], stopping: [FootageRecorder.Recording]
    ) -> [LinkID: RecordingState] {
        let now = recorder.clock.now()
        let hold = holdReason(now: now)
        // A link may be stopped and started again between two looks: the old track ends first.
        for recording in stopping { end(recording, now: now) }
        var states: [LinkID: RecordingState] = [:]
        for recording in recordings {
            let track = track(of: recording)
            if let hold { perform(track.machine.suspend(hold, now: now), on: track, now: now) }
            advance(track, now: now)
            states[recording.request.link] = track.machine.state
        }
        index(now: now)
        return states
    }

    mutating func finish() {
        isUrgent = true
        index(now: recorder.clock.now())
        if !pending.isEmpty {
            recorder.logger.error("the footage index could not be written at the end", metadata: ["rows": "\(pending.count)"])
        }
    }

    private mutating func track(of recording: FootageRecorder.Recording) -> Track {
        let key = ObjectIdentifier(recording.queue)
        if let track = tracks[key] { return track }
        let gap = openGaps.removeValue(forKey: recording.request.link)
        let track = Track(
            machine: RecorderMachine(request: recording.request, startedAt: recording.startedAt, openGap: gap),
            queue: recording.queue)
        tracks[key] = track
        return track
    }

    private mutating func end(_ recording: FootageRecorder.Recording, now: Date) {
        let track = track(of: recording)
        advance(track, now: now)
        perform(track.machine.stop(recording.stop ?? .linkEnded, now: now), on: track, now: now)
        tracks[ObjectIdentifier(recording.queue)] = nil
    }

    private mutating func advance(_ track: Track, now: Date) {
        track.queue.drain(into: &batch)
        perform(track.machine.consume(batch), on: track, now: now)
        perform(track.machine.tick(now: now), on: track, now: now)
    }

    private mutating func perform(_ steps: [RecorderMachine.Step], on track: Track, now: Date) {
        var hasKey = false
        var failure: (any Error)?
        for step in steps {
            do {
                switch step {
                case .change(let change):
                    if case .marked = change { hasKey = true }
                    note(change, of: track)
                case .open, .write, .close:
                    if failure == nil { try write(step, of: track, now: now) }
                }
            } catch {
                failure = error
                track.broken = track.file?.run ?? track.broken
                track.file = nil
            }
        }
        if failure == nil, hasKey, let file = track.file, now.timeIntervalSince(file.syncedAt) >= recorder.options.syncInterval {
            do { try file.sync(at: now) } catch { failure = error }
        }
        if let failure { fail(track, error: failure, now: now) }
    }

    private mutating func write(_ step: RecorderMachine.Step, of track: Track, now: Date) throws {
        switch step {
        case .open(let run, let initSegment):
            pending.append(.runOpened(run))
            track.broken = run
            try writeIndex(now: now)
            let file = try RunFile(creating: run, in: recorder.folder)
            try initSegment.withUnsafeBytes { try file.append($0) }
            track.broken = nil
            track.file = file
        case .write(let range):
            try batch.bytes.withUnsafeBytes { try track.file?.append(UnsafeRawBufferPointer(rebasing: $0[range])) }
        case .close:
            try track.file?.sync(at: now)
            track.file = nil
        case .change: break
        }
    }

    private mutating func note(_ change: FootageChange, of track: Track) {
        switch change {
        case .marked(let mark):
            guard mark.run == track.file?.run.id else { return }
            pending.append(change)
        case .runEnded(let run, let at, _, let reason):
            isUrgent = true
            if let broken = track.broken, broken.id == run {
                let bytes = FootageRecovery.scan(broken.path, in: recorder.folder)
                pending.append(.runEnded(run, at: at, playableBytes: bytes, reason: reason))
            } else {
                pending.append(change)
            }
        default:
            isUrgent = true
            pending.append(change)
        }
    }

    /// The run ends where its last whole write ended; what the failed step left behind it is not played.
    private mutating func fail(_ track: Track, error: any Error, now: Date) {
        recorder.logger.error(
            "recording stopped",
            metadata: [
                "camera.id": "\(track.machine.request.feed.cameraPoint)", "incident.id": "\(track.machine.request.incident)",
                "error": "\(error)",
            ])
        retryAt = now.addingTimeInterval(recorder.options.retryInterval)
        track.broken = track.file?.run ?? track.broken
        track.file = nil
        for case .change(let change) in track.machine.suspend(Self.holdReason(for: error), now: now) { note(change, of: track) }
    }

    private static func holdReason(for error: any Error) -> GapReason {
        switch error {
        case let error as FootageFileError where [ENOSPC, EDQUOT].contains(error.code): .diskReserve
        case let error as GatewayError where error.reason == "diskFull": .diskReserve
        default: .writeFailed
        }
    }

    /// Why nothing may be written now; lifts holds when the reason is gone.
    private mutating func holdReason(now: Date) -> GapReason? {
        if now.timeIntervalSince(spaceCheckedAt) >= 2 || now < spaceCheckedAt {
            spaceCheckedAt = now
            let reserve = recorder.options.reserveBytes
            let free = freeBytes(at: recorder.folder) ?? .max
            if free < reserve {
                isBelowReserve = true
            } else if free >= reserve + reserve / 20 {
                // A little more than the reserve, so that recording does not flicker around it.
                isBelowReserve = false
            }
        }
        if isBelowReserve { return .diskReserve }
        if let retryAt, now < retryAt { return nil }
        retryAt = nil
        for track in tracks.values { track.machine.resume() }
        return nil
    }

    private var isBelowReserve = false

    private mutating func index(now: Date) {
        let isDue = now.timeIntervalSince(indexedAt) >= recorder.options.indexInterval || now < indexedAt
        guard isUrgent || isDue else { return }
        for track in tracks.values {
            if let (run, bytes) = track.machine.progress { pending.append(.runGrew(run, playableBytes: bytes)) }
        }
        do {
            try writeIndex(now: now)
            if failedIndexings > 0 {
                recorder.logger.notice("the footage index is written again", metadata: ["failures": "\(failedIndexings)"])
            }
            failedIndexings = 0
        } catch {
            if failedIndexings == 0 {
                recorder.logger.error("the footage index cannot be written", metadata: ["error": "\(error)"])
            }
            failedIndexings += 1
        }
    }

    private mutating func writeIndex(now: Date) throws {
        indexedAt = now
        guard !pending.isEmpty else { return }
        do {
            try recorder.store.apply(pending)
        } catch {
            let isTooMany = pending.count > Self.pendingLimit
            pending.removeAll { change in
                switch change {
                case .runGrew: true
                case .marked: isTooMany
                default: false
                }
            }
            throw error
        }
        pending.removeAll(keepingCapacity: true)
        isUrgent = false
    }
}
