import Foundation
import GatewayCore
import Testing

@testable import Footage

@Suite struct RecorderMachineTests {
    private static let start = Date(timeIntervalSince1970: 1_795_406_400)
    private let request = RecordingRequest(link: .random(), incident: .random(), feed: FeedID(cameraPoint: .random()))

    private func machine(gap: Gap? = nil) -> RecorderMachine {
        RecorderMachine(request: request, startedAt: Self.start, openGap: gap)
    }

    private func at(_ seconds: Double) -> Date { Self.start + seconds }

    /// Fragments of 10 bytes at these seconds; a key picture each whole second.
    private func batch(_ seconds: [Double], began: Bool = false) -> RecordingBatch {
        var batch = RecordingBatch()
        if began {
            batch.bytes += [1, 2, 3, 4]
            batch.entries.append(.runBegan(initBytes: 4, mimeType: "video/mp4"))
        }
        for second in seconds {
            batch.bytes += [UInt8](repeating: 7, count: 10)
            batch.entries.append(
                .fragment(
                    bytes: 10, isKey: second == second.rounded(), mediaTime: MediaTime(ticks: Int64(second * 90_000)),
                    wallTime: at(second)))
        }
        return batch
    }

    private func changes(_ steps: [RecorderMachine.Step]) -> [FootageChange] {
        steps.compactMap { if case .change(let change) = $0 { change } else { nil } }
    }
    private func ends(_ steps: [RecorderMachine.Step]) -> [RunEnd] {
        changes(steps).compactMap { if case .runEnded(_, _, _, let reason) = $0 { reason } else { nil } }
    }
    private func opened(_ steps: [RecorderMachine.Step]) -> [Run] {
        steps.compactMap { if case .open(let run, _) = $0 { run } else { nil } }
    }
    private func gaps(_ steps: [RecorderMachine.Step]) -> [Gap] {
        changes(steps).compactMap { if case .gapOpened(let gap) = $0 { gap } else { nil } }
    }
    private func closed(_ steps: [RecorderMachine.Step]) -> [Date] {
        changes(steps).compactMap { if case .gapClosed(_, let at) = $0 { at } else { nil } }
    }

    @Test func aRunBeginsWithTheFirstKeyPicture() throws {
        var machine = machine()
        let steps = machine.consume(batch([0.2, 0.6, 1, 1.5], began: true))
        let run = try #require(opened(steps).first)
        #expect(opened(steps).count == 1)
        #expect(run.startedAt == at(1) && run.mediaStart == MediaTime(ticks: 90_000))
        #expect(run.path == "2026-11-23/\(run.id).mp4")
        #expect(steps.first == .open(run, initSegment: [1, 2, 3, 4]))
        #expect(steps.contains(.write(24..<44)))
        #expect(changes(steps) == [.marked(GOPMark(run: run.id, offset: 4, mediaTime: run.mediaStart, wallTime: at(1)))])
        #expect(machine.progress?.playableBytes == 24)
        #expect(machine.state == .recording(run.id))
    }

    @Test func fragmentsInARowAreOneWrite() {
        var machine = machine()
        _ = machine.consume(batch([0], began: true))
        let steps = machine.consume(batch([0.2, 0.4, 0.6, 0.8]))
        #expect(steps == [.write(0..<40)])
    }

    @Test func everyGOPHasItsMark() {
        var machine = machine()
        let first = machine.consume(batch([0, 0.5], began: true))
        let second = machine.consume(batch([1, 1.5, 2]))
        let offsets = changes(first + second).compactMap { if case .marked(let mark) = $0 { mark.offset } else { nil } }
        #expect(offsets == [4, 24, 44])
    }

    @Test func newParametersAreANewRunWithoutAGap() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        let steps = machine.consume(batch([1, 1.5], began: true))
        #expect(ends(steps) == [.parametersChanged])
        #expect(opened(steps).count == 1)
        #expect(gaps(steps).isEmpty)
        #expect(steps.contains(.write(4..<24)))
    }

    @Test func aLostCameraLeavesAGap() throws {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        var lost = RecordingBatch()
        lost.entries = [.runEnded(.feedEnded)]
        #expect(ends(machine.consume(lost)) == [.feedEnded])
        #expect(machine.tick(now: at(1.5)).isEmpty)
        let gap = try #require(gaps(machine.tick(now: at(2.1))).first)
        #expect(gap.reason == .noSignal && gap.from == at(1) && gap.to == nil)
        #expect(machine.tick(now: at(3)).isEmpty)
        let back = machine.consume(batch([9], began: true))
        #expect(closed(back) == [at(9)])
        #expect(opened(back).count == 1)
    }

    /// The camera was away and came back between two looks of the thread.
    @Test func aHoleBetweenRunsIsAGapEvenIfNobodyLooked() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        let steps = machine.consume(batch([4], began: true))
        #expect(gaps(steps).map(\.from) == [at(1)])
        #expect(closed(steps) == [at(4)])
    }

    @Test func aCameraThatNeverCameIsAGapFromTheStart() {
        var machine = machine()
        #expect(machine.tick(now: at(1)).isEmpty)
        #expect(gaps(machine.tick(now: at(1.1))).map(\.from) == [at(0)])
    }

    /// The camera stands still without its connection ending: the run goes on, the hole is a gap.
    @Test func silenceWithinARunIsAGap() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        #expect(machine.tick(now: at(2.9)).isEmpty)
        #expect(gaps(machine.tick(now: at(3.1))).map(\.from) == [at(1)])
        let back = machine.consume(batch([7.5]))
        #expect(closed(back) == [at(7.5)])
        #expect(opened(back).isEmpty && back.contains(.write(0..<10)))

        let unseen = machine.consume(batch([11.5]))
        #expect(gaps(unseen).map(\.from) == [at(8.5)])
        #expect(closed(unseen) == [at(11.5)])
    }

    @Test func overflowEndsTheRunAndSaysSo() throws {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        var full = batch([0.9])
        full.entries.append(.overflow)
        full.bytes += [UInt8](repeating: 7, count: 10)
        full.entries.append(.fragment(bytes: 10, isKey: true, mediaTime: MediaTime(ticks: 360_000), wallTime: at(4)))
        let steps = machine.consume(full)
        #expect(ends(steps) == [.overflow])
        #expect(gaps(steps).map(\.reason) == [.overflow])
        #expect(closed(steps) == [at(4)])
        #expect(changes(steps).contains { if case .alarm(_, _, _, _, .overflow) = $0 { true } else { false } })
        let run = try #require(opened(steps).first)
        #expect(run.startedAt == at(4))
        #expect(steps.contains(.open(run, initSegment: [1, 2, 3, 4])))
        #expect(steps.contains(.write(0..<10)) && steps.contains(.write(10..<20)))
    }

    @Test func aFullDiskStopsRecordingUntilThereIsRoomAgain() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        let steps = machine.suspend(.diskReserve, now: at(1))
        #expect(ends(steps) == [.diskReserve])
        #expect(gaps(steps).map(\.reason) == [.diskReserve])
        #expect(changes(steps).contains { if case .alarm = $0 { true } else { false } })
        #expect(machine.state == .stopped(.diskReserve))
        #expect(machine.suspend(.diskReserve, now: at(2)).isEmpty)
        #expect(machine.consume(batch([1, 1.5, 2])).isEmpty)
        machine.resume()
        #expect(machine.consume(batch([2.5])).isEmpty)
        let back = machine.consume(batch([3]))
        #expect(opened(back).count == 1)
        #expect(closed(back) == [at(3)])
    }

    /// A gap for want of signal becomes one of the disk when the disk fills up.
    @Test func aGraverReasonTakesOverFromSilence() {
        var machine = machine()
        _ = machine.tick(now: at(2))
        let steps = machine.suspend(.diskReserve, now: at(5))
        #expect(closed(steps).count == 1)
        #expect(gaps(steps).map(\.reason) == [.diskReserve])
    }

    @Test func stoppingEndsRunAndGap() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        let steps = machine.stop(.linkEnded, now: at(1))
        #expect(steps.contains(.close))
        #expect(changes(steps).count == 1)
        #expect(ends(steps) == [.linkEnded])

        var silent = self.machine()
        _ = silent.tick(now: at(2))
        #expect(closed(silent.stop(.linkEnded, now: at(5))) == [at(5)])
    }

    @Test func aShutdownLeavesAGapOpen() {
        var machine = machine()
        _ = machine.consume(batch([0, 0.5], began: true))
        let steps = machine.stop(.shutdown, now: at(1))
        #expect(ends(steps) == [.shutdown])
        #expect(gaps(steps).map(\.reason) == [.daemonStopped])
        #expect(closed(steps).isEmpty)
    }

    @Test func theNextLifeClosesTheGapThatTheLastOneLeft() {
        let gap = Gap(
            id: .random(), incident: request.incident, link: request.link, cameraPoint: request.feed.cameraPoint, from: at(-60),
            reason: .daemonStopped)
        var machine = machine(gap: gap)
        #expect(machine.tick(now: at(5)).isEmpty)
        let steps = machine.consume(batch([6], began: true))
        #expect(changes(steps).first == .gapClosed(gap.id, at: at(6)))
        #expect(gaps(steps).isEmpty)
    }

    /// However batches are cut, the same bytes are written and the same rows result.
    @Test func theCutOfBatchesDoesNotMatter() {
        let seconds = (0..<40).map { Double($0) / 4 }
        func run(_ sizes: [Int]) -> (bytes: Int, marks: [Int64], gaps: Int) {
            var machine = machine()
            var steps: [RecorderMachine.Step] = []
            var rest = seconds[...]
            var isFirst = true
            for size in sizes + [40] where !rest.isEmpty {
                steps += machine.consume(batch(Array(rest.prefix(size)), began: isFirst))
                rest = rest.dropFirst(size)
                isFirst = false
            }
            let bytes = steps.reduce(0) { if case .write(let range) = $1 { $0 + range.count } else { $0 } }
            let marks = changes(steps).compactMap { if case .marked(let mark) = $0 { mark.offset } else { nil } }
            return (bytes, marks, gaps(steps).count)
        }
        let whole = run([40])
        #expect(whole.bytes == 400 && whole.gaps == 0)
        for size in 1...13 {
            let parts = run([Int](repeating: size, count: 40))
            #expect(parts.bytes == whole.bytes && parts.marks == whole.marks && parts.gaps == 0)
        }
    }

    @Test func daysAreChinas() {
        let id = RunID.random()
        #expect(RecorderMachine.path(of: id, at: Date(timeIntervalSince1970: 1_767_196_799)) == "2025-12-31/\(id).mp4")
        #expect(RecorderMachine.path(of: id, at: Date(timeIntervalSince1970: 1_767_196_800)) == "2026-01-01/\(id).mp4")
    }
}
