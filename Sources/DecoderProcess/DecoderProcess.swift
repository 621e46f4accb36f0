import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix

/// FFmpeg's decoders, in a process of their own.
///
/// What cameras send is decoded by a program that holds no key, no database and no network: a picture that brings a decoder
/// down, or never lets it end, costs that one probe. The process starts with the first job and ends when it has had none
/// for ``Configuration/idleTime``, so that an idle gateway holds none of FFmpeg's libraries in memory.
///
/// ## Concurrency model
/// Any thread may call; state is confined to `loop`.
// SAFETY: mutable state is touched on `loop` only.
package final class DecoderProcess: @unchecked Sendable {
    package struct Configuration: Sendable {
        /// Path of the program `lookout-decoder`.
        package var executable: String
        /// Probes at once; each has a thread.
        package var probes: Int
        package var idleTime: TimeAmount = .seconds(2)
        /// How long after a probe's own deadline, or after a still was asked for, the decoder is given up.
        package var patience: TimeAmount = .seconds(4)

        package init(executable: String, probes: Int = 32) {
            self.executable = executable
            self.probes = probes
        }
    }

    typealias Answer = (kind: DecoderMessage.Reply, content: ByteBuffer)

    /// Bytes that may wait for the process to read them; packets beyond are dropped.
    private static let longestQueue = 16 << 20

    let configuration: Configuration
    private let group: any EventLoopGroup
    private let loop: any EventLoop
    private let logger: Logger

    // On `loop`.
    private var running: EventLoopFuture<any Channel>?
    private var generation = 0
    private var jobs: [UInt32: Job] = [:]
    private var lastNumber: UInt32 = 0
    private var idle: Scheduled<Void>?
    private var isShutDown = false
    /// Why the last jobs failed that were under way together.
    private var lastFailure = DecoderFailure.died

    private struct Job {
        var answer: EventLoopPromise<Answer>?
        var deadline: Scheduled<Void>?
    }

    package init(_ configuration: Configuration, group: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.group = group
        self.loop = group.next()
        self.logger = logger
    }

    /// One with the same program in another process, for a job that may bring it down.
    package func another() -> DecoderProcess { DecoderProcess(configuration, group: group, logger: logger) }

    // MARK: Jobs

    /// A JPEG of a key picture.
    ///
    /// - Parameter sample: NAL units each behind its length in 4 bytes.
    /// - Throws: ``DecoderFailure``.
    package func still(
        parameters: VideoParameters, sample: ByteBuffer, maxWidth: Int, quality: Int = 80
    ) async throws -> [UInt8] {
        let content = try StillRequest(parameters: parameters, maxWidth: maxWidth, quality: quality).content(sample: sample)
        let patience = configuration.patience
        let answer = try await loop.flatSubmit {
            let number = self.makeJob()
            self.send(.still, number, content.readableBytesView)
            return self.answer(to: number, within: patience)
        }.get()
        guard answer.kind == .picture else { throw Self.failure(answer) }
        return Array(answer.content.readableBytesView)
    }

    /// A probe: packets can be given to it at once, and wait in the decoder until it is told the session.
    ///
    /// - Throws: ``DecoderFailure``, if there is no decoder: before any camera is asked.
    package func beginProbe(_ options: ProbeOptions) async throws -> Examination {
        let content = try JSONEncoder().encode(options)
        let number = try await loop.flatSubmit {
            let number = self.makeJob()
            self.send(.open, number, content)
            return self.channel().map { _ in number }
        }.get()
        return Examination(decoder: self, number: number, deadline: options.deadline)
    }

    static func failure(_ answer: Answer) -> DecoderFailure {
        guard answer.kind == .failed else { return .refused("the decoder answered out of turn") }
        return .refused(String(buffer: answer.content))
    }

    /// Whether it can be started at all; for a gateway's start.
    /// - Throws: ``DecoderFailure``.
    package func check() async throws {
        _ = try await loop.flatSubmit { self.channel() }.get()
        loop.execute { self.restIfDone() }
    }

    /// Ends the process; whatever it worked on fails.
    package func shutdown() async {
        try? await loop.flatSubmit { () -> EventLoopFuture<Void> in
            self.isShutDown = true
            guard let running = self.running else { return self.loop.makeSucceededVoidFuture() }
            return running.flatMap { $0.close() }.flatMapError { _ in self.loop.makeSucceededVoidFuture() }
        }.get()
    }

    // MARK: On the loop

    func execute(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

    private func makeJob() -> UInt32 {
        idle?.cancel()
        idle = nil
        lastNumber &+= 1
        jobs[lastNumber] = Job()
        return lastNumber
    }

    func answer(to number: UInt32, within patience: TimeAmount) -> EventLoopFuture<Answer> {
        loop.preconditionInEventLoop()
        guard jobs[number] != nil else { return loop.makeFailedFuture(isShutDown ? DecoderFailure.shutDown : lastFailure) }
        let promise = loop.makePromise(of: Answer.self)
        jobs[number]?.answer = promise
        let generation = generation
        jobs[number]?.deadline = loop.scheduleTask(in: patience) {
            guard let job = self.jobs.removeValue(forKey: number) else { return }
            job.answer?.fail(DecoderFailure.late)
            guard generation == self.generation else { return }
            self.logger.error("the decoder does not answer and is ended")
            self.running?.whenSuccess { $0.close(promise: nil) }
        }
        return promise.futureResult
    }

    func answer(to number: UInt32, within patience: TimeAmount) async throws -> Answer {
        try await loop.flatSubmit { self.answer(to: number, within: patience) }.get()
    }

    func send(_ kind: DecoderMessage.Request, _ number: UInt32, _ content: some Collection<UInt8>) {
        loop.preconditionInEventLoop()
        guard jobs[number] != nil, !isShutDown else { return }
        let message = DecoderMessage.frame(kind: kind.rawValue, number: number, content: content)
        channel().whenSuccess { $0.writeAndFlush(message, promise: nil) }
    }

    /// Two writes of which the second is shared with viewers: no copy of the picture.
    func send(packets frames: ByteBuffer, arrival: UInt64, _ number: UInt32) {
        loop.preconditionInEventLoop()
        guard jobs[number] != nil, !isShutDown else { return }
        var head = DecoderMessage.head(
            kind: DecoderMessage.Request.packets.rawValue, number: number, contentLength: 8 + frames.readableBytes, capacity: 8)
        head.writeInteger(arrival)
        channel().whenSuccess { [head] channel in
            let queued = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
            guard queued + frames.readableBytes <= Self.longestQueue else { return }
            channel.write(head, promise: nil)
            channel.writeAndFlush(frames, promise: nil)
        }
    }

    func finish(_ number: UInt32) {
        guard let job = jobs[number] else { return }
        send(.end, number, [])
        if job.answer == nil { jobs[number] = nil }
        restIfDone()
    }

    private func restIfDone() {
        guard jobs.isEmpty, running != nil, idle == nil else { return }
        idle = loop.scheduleTask(in: configuration.idleTime) {
            self.idle = nil
            guard self.jobs.isEmpty, let running = self.running else { return }
            self.running = nil
            running.whenSuccess { $0.close(promise: nil) }
        }
    }

    // MARK: The process

    private func channel() -> EventLoopFuture<any Channel> {
        if let running { return running }
        guard !isShutDown else { return loop.makeFailedFuture(DecoderFailure.shutDown) }
        generation += 1
        let generation = generation
        let configuration = configuration
        let opened = NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
            Result { () throws(DecoderFailure) in
                try ChildProgram.start(configuration.executable, arguments: ["--probes", "\(configuration.probes)"])
            }
        }.flatMap { started -> EventLoopFuture<any Channel> in
            switch started {
            case .failure(let failure): self.loop.makeFailedFuture(failure)
            case .success(let program): self.connect(program, generation: generation)
            }
        }
        running = opened
        opened.whenFailure { error in
            guard generation == self.generation else { return }
            self.running = nil
            self.failAll((error as? DecoderFailure) ?? .unavailable("\(error)"))
        }
        return opened
    }

    private func connect(_ program: ChildProgram, generation: Int) -> EventLoopFuture<any Channel> {
        ClientBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandlers([
                        ByteToMessageHandler(LengthFieldDecoder()),
                        ReplyHandler {
                            self.take($0)
                        } ended: {
                            self.ended(program, generation: generation)
                        },
                    ])
                }
            }.withConnectedSocket(program.socket)
    }

    private func take(_ message: ByteBuffer) {
        var message = message
        guard let (code, number) = message.readMultipleIntegers(as: (UInt8, UInt32).self),
            let kind = DecoderMessage.Reply(rawValue: code)
        else { return }
        if kind == .ready {
            if message.readInteger(as: UInt8.self) != 1 {
                logger.warning("the kernel does not confine the decoder: it has no filter of system calls")
            }
            return
        }
        guard let job = jobs.removeValue(forKey: number) else { return }
        job.deadline?.cancel()
        job.answer?.succeed((kind, message))
        restIfDone()
    }

    private func ended(_ program: ChildProgram, generation: Int) {
        NIOThreadPool.singleton.submit { _ in program.end() }
        guard generation == self.generation else { return }
        running = nil
        failAll(isShutDown ? .shutDown : .died)
    }

    private func failAll(_ failure: DecoderFailure) {
        let failed = jobs.values
        jobs.removeAll()
        lastFailure = failure
        for job in failed {
            job.deadline?.cancel()
            job.answer?.fail(failure)
        }
    }
}

/// A probe that is under way in the decoder.
package struct Examination: Sendable {
    let decoder: DecoderProcess
    let number: UInt32
    let deadline: Duration

    /// RTP packets, each with its interleaved framing; in order. Never blocks: what the decoder has no room for is dropped.
    ///
    /// - Parameter arrival: nanoseconds of the monotonic clock.
    package func append(_ frames: ByteBuffer, arrival: UInt64) {
        decoder.execute { [decoder, number] in decoder.send(packets: frames, arrival: arrival, number) }
    }

    /// What FFmpeg makes of it, by the deadline of its options.
    ///
    /// - Parameter sdp: the session description; best with the video track only.
    /// - Throws: ``DecoderFailure``.
    package func findings(sdp: String) async throws -> ProbeFindings {
        decoder.execute { [decoder, number] in decoder.send(.describe, number, Array(sdp.utf8)) }
        let patience = TimeAmount(deadline) + decoder.configuration.patience
        let answer = try await decoder.answer(to: number, within: patience)
        guard answer.kind == .findings else { throw DecoderProcess.failure(answer) }
        return try JSONDecoder().decode(ProbeFindings.self, from: Data(answer.content.readableBytesView))
    }

    /// No more packets come. To be called in any case, also when there are to be no findings.
    package func end() { decoder.execute { [decoder, number] in decoder.finish(number) } }
}
