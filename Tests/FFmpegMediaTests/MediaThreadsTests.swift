import Foundation
import Synchronization
import Testing

@testable import FFmpegMedia

@Suite struct MediaThreadsTests {
    /// Holds a job on its thread until the test lets it go, with a deadline.
    private final class Gate: Sendable {
        private let open = DispatchSemaphore(value: 0)
        private let entered = DispatchSemaphore(value: 0)
        func hold() {
            entered.signal()
            _ = open.wait(timeout: .now() + 10)
        }
        /// Polls: the thread that asks is one of the few on which the job's task must first run.
        func waitUntilHeld() async -> Bool {
            let deadline = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < deadline {
                if entered.wait(timeout: .now()) == .success { return true }
                await Task.yield()
            }
            return false
        }
        func release() { open.signal() }
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)
        func add() { count.add(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    private static func threadName() -> String {
        let comm = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
        return comm?.trimmingCharacters(in: .newlines) ?? ""
    }

    @Test func jobsRunOnNamedThreadsAndAnswer() async throws {
        struct Unwell: Error, Equatable {}
        let threads = MediaThreads(name: "ffmpeg", count: 2)
        let names = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await threads.run { Self.threadName() } } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(names.isSubset(of: ["ffmpeg-0", "ffmpeg-1"]))
        #expect(!names.isEmpty)
        await #expect(throws: Unwell()) { try await threads.run { throw Unwell() } }
        await threads.shutdown()
    }

    @Test func fullQueueRefusesAndCancellationLeavesIt() async throws {
        let threads = MediaThreads(count: 1, queueLimit: 1)
        let gate = Gate()
        async let held: Void = threads.run { gate.hold() }
        #expect(await gate.waitUntilHeld())
        let ran = Counter()
        let waiting = Task { try await threads.run { ran.add() } }
        // The second job of two is refused, whichever comes first.
        var refused = false
        let deadline = ContinuousClock.now + .seconds(10)
        while !refused, ContinuousClock.now < deadline {
            let attempt = Task { try await threads.run { ran.add() } }
            try await Task.sleep(for: .milliseconds(5))
            attempt.cancel()
            do { try await attempt.value } catch MediaThreads.Failure.busy { refused = true } catch is CancellationError {}
        }
        #expect(refused)
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        gate.release()
        try await held
        #expect(ran.value == 0)
        await threads.shutdown()
    }

    @Test func shutdownEndsRunningJobsRefusesOthersAndJoins() async throws {
        let name = "join\(UInt8.random(in: 100...255))"
        let threads = MediaThreads(name: name, count: 3)
        let gate = Gate()
        let held = Task { try await threads.run { gate.hold() } }
        #expect(await gate.waitUntilHeld())
        #expect(Self.liveThreads(named: name) > 0)
        let down = Task { await threads.shutdown() }
        // Refused from the moment that shutdown began.
        let deadline = ContinuousClock.now + .seconds(10)
        var refusal: MediaThreads.Failure?
        while refusal == nil, ContinuousClock.now < deadline {
            do { try await threads.run {} } catch let failure as MediaThreads.Failure { refusal = failure }
        }
        #expect(refusal == .shutDown)
        gate.release()
        try await held.value
        await down.value
        #expect(Self.liveThreads(named: name) == 0)
        await threads.shutdown()
    }

    @Test func aPoolThatNeverRanShutsDown() async {
        await MediaThreads(count: 4).shutdown()
    }

    private static func liveThreads(named name: String) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count { task in
            let comm = (try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)) ?? ""
            return comm.hasPrefix(name)
        }
    }
}
