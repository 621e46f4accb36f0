import CLinux
import Foundation

/// A fixed number of named threads for calls that block: decoding, probing, encoding.
///
/// The queue is bounded in jobs. When it is full a new job is refused at once: whoever asks for a probe or a snapshot
/// decides whether to wait or to say that the gateway is busy. Nothing blocks an event loop or Swift's cooperative pool.
///
/// ## Concurrency model
/// Any thread may call any method. `condition` guards the queue; a job runs outside it, on one of the threads. Threads
/// start with the first job and end with ``shutdown()``, which waits until the jobs that run have ended: each has its own
/// deadline. The owner must call it; a pool that is dropped without it keeps its threads waiting.
// SAFETY: every access to `state` happens between condition.lock() and condition.unlock().
package final class MediaThreads: @unchecked Sendable {
    package enum Failure: Error, Sendable, Hashable {
        /// The queue holds as many jobs as it may.
        case busy
        case shutDown
    }

    private struct Job {
        let id: UInt64
        let run: () -> Void
        let refuse: (any Error) -> Void
    }

    private struct State {
        var jobs: [Job] = []
        var nextID: UInt64 = 0
        /// Started and not yet joined.
        var threads: [pthread_t] = []
        /// Started and not yet at their end.
        var alive = 0
        var running = 0
        var isShutDown = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let condition = NSCondition()
    private var state = State()
    private let name: String
    private let count: Int
    private let queueLimit: Int

    /// - Parameters:
    ///   - name: the threads are `NAME-0`, `NAME-1`, …, cut to the 15 bytes that Linux shows.
    ///   - count: how many threads; at least 1.
    ///   - queueLimit: jobs that may wait for a thread.
    package init(name: String = "ffmpeg", count: Int, queueLimit: Int = 256) {
        self.name = name
        self.count = max(1, count)
        self.queueLimit = max(0, queueLimit)
    }

    /// Runs `body` on one of the threads.
    ///
    /// - Throws: what `body` throws; ``Failure``; `CancellationError` if the task was cancelled before a thread took the job.
    ///   A body that runs is not interrupted.
    package func run<T: Sendable>(_ body: @Sendable @escaping () throws -> T) async throws -> T {
        let id = makeID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enqueue(
                    Job(
                        id: id, run: { continuation.resume(with: Result { try body() }) },
                        refuse: { continuation.resume(throwing: $0) }))
                // The handler below may have run before the job was there.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Runs `body` on one of the threads, for a program without tasks.
    ///
    /// - Parameter refused: called instead of `body`, perhaps at once.
    package func start(_ body: @Sendable @escaping () -> Void, refused: @Sendable @escaping (any Error) -> Void) {
        enqueue(Job(id: makeID(), run: body, refuse: refused))
    }

    /// Refuses the jobs that wait, lets those that run end, and joins the threads. Idempotent.
    package func shutdown() async {
        await withCheckedContinuation { continuation in
            condition.lock()
            state.isShutDown = true
            let refused = state.jobs
            state.jobs = []
            let mustWait = state.alive > 0
            if mustWait { state.waiters.append(continuation) }
            condition.broadcast()
            condition.unlock()
            for job in refused { job.refuse(Failure.shutDown) }
            if !mustWait { continuation.resume() }
        }
        // They have left their loops: each join takes as long as a thread's last return.
        for thread in takeThreads() { pthread_join(thread, nil) }
    }

    private func takeThreads() -> [pthread_t] {
        condition.lock()
        defer { condition.unlock() }
        defer { state.threads = [] }
        return state.threads
    }

    private func makeID() -> UInt64 {
        condition.lock()
        defer { condition.unlock() }
        state.nextID += 1
        return state.nextID
    }

    private func enqueue(_ job: Job) {
        condition.lock()
        let refusal: Failure? =
            if state.isShutDown { .shutDown } else if state.jobs.count >= queueLimit + max(0, count - state.running) {
                .busy
            } else if !startThreads() { .busy } else { nil }
        if refusal == nil {
            state.jobs.append(job)
            condition.signal()
        }
        condition.unlock()
        if let refusal { job.refuse(refusal) }
    }

    private func cancel(_ id: UInt64) {
        condition.lock()
        let index = state.jobs.firstIndex { $0.id == id }
        let job = index.map { state.jobs.remove(at: $0) }
        condition.unlock()
        job?.refuse(CancellationError())
    }

    /// Under the lock. Whether there is a thread to take a job.
    private func startThreads() -> Bool {
        guard state.threads.isEmpty else { return state.alive > 0 }
        for index in 0..<count {
            // SAFETY: the new thread releases what is retained here; if there is none, the lines below do.
            let start = Unmanaged.passRetained(ThreadStart(pool: self, name: "\(name)-\(index)"))
            var thread = pthread_t()
            guard pthread_create(&thread, nil, runThread, start.toOpaque()) == 0 else {
                start.release()
                break
            }
            state.threads.append(thread)
            state.alive += 1
        }
        return state.alive > 0
    }

    fileprivate func work() {
        while let job = nextJob() {
            job.run()
            condition.lock()
            state.running -= 1
            condition.unlock()
        }
        condition.lock()
        state.alive -= 1
        let waiters = state.alive == 0 ? state.waiters : []
        if state.alive == 0 { state.waiters = [] }
        condition.unlock()
        for waiter in waiters { waiter.resume() }
    }

    private func nextJob() -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while state.jobs.isEmpty {
            if state.isShutDown { return nil }
            condition.wait()
        }
        state.running += 1
        return state.jobs.removeFirst()
    }
}

private final class ThreadStart {
    let pool: MediaThreads
    let name: String

    init(pool: MediaThreads, name: String) {
        self.pool = pool
        self.name = String(name.suffix(15))
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    // SAFETY: retained by startThreads for this thread, which alone releases it, here.
    let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    _ = linux_name_thread(start.name)
    start.pool.work()
    return nil
}
