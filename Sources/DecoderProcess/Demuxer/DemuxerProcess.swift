import CLinux
import Foundation
import GatewayCore
import Logging
import NIOCore
import NIOPosix

/// Hears what a demuxer brings. Called on the demuxer's loop.
package protocol DemuxerOwner: AnyObject {
    /// Before the first packet, and when the parameter sets are new.
    func demuxerDescribed(_ video: DemuxedVideo)
    /// One RTP packet; its bytes are valid only during the call.
    func demuxerReceived(packet: RawSpan)
    /// Last call.
    func demuxerEnded(_ end: DemuxerEnd)
}

/// The program `lookout-demuxer` at work on one stream: libavformat and libavcodec for what the gateway's own RTSP client does
/// not carry.
///
/// One process a stream. It is confined as the decoder is, and has no network: each connection that it wants is made here, if
/// ``AddressRule`` allows it, and handed over. It ends when the socket is closed, and is killed and reaped in any case.
///
/// ## Concurrency model
/// Confined to `loop`.
// SAFETY: mutable state is touched on `loop` only; starting the program is the only thing done elsewhere, without it.
package final class DemuxerProcess: @unchecked Sendable {
    package struct Configuration: Sendable {
        /// Path of the program `lookout-demuxer`.
        package var executable: String
        /// From the start until the first packet. Shorter than the ten seconds for which viewers and probes wait.
        package var startTimeout: TimeAmount = .milliseconds(9_500)
        /// Between two packets.
        package var silenceTimeout: TimeAmount = .seconds(8)
        package var connectTimeout: TimeAmount = .seconds(5)

        package init(executable: String) { self.executable = executable }
    }

    /// A connected channel, or a failure at the deadline; `host` is an address.
    package typealias Dial =
        @Sendable (_ host: String, _ port: Int, _ loop: any EventLoop, _ deadline: NIODeadline) -> EventLoopFuture<any Channel>

    /// Connections that one process may ask for within ten seconds; an HLS stream needs one or two a segment.
    private static let dialLimit = 60

    private let configuration: Configuration
    private let loop: any EventLoop
    private let logger: Logger
    private let rule: AddressRule?
    private let dial: Dial
    private weak var owner: (any DemuxerOwner)?
    private var channel: (any Channel)?
    private var descriptors: CInt?
    private var deadline: Scheduled<Void>?
    private var lastPacket: NIODeadline?
    private var hasEnded = false
    private var isDialing = false
    private var dials = (count: 0, since: NIODeadline.now())
    /// Why the last connection could not be made: truer than what libav makes of it.
    private var dialFailure: DemuxerEnd?
    private var end: DemuxerEnd?
    /// What was sent before the process stood.
    private var early = (frames: [ByteBuffer](), bytes: 0)

    /// - Parameter registered: the only host and port that are not looked at; `nil` for a job without network.
    package init(
        _ configuration: Configuration, job: DemuxerJob, registered: (host: String, port: Int)? = nil,
        dial: @escaping Dial, on loop: any EventLoop, owner: any DemuxerOwner, logger: Logger
    ) {
        self.configuration = configuration
        self.loop = loop
        self.owner = owner
        self.dial = dial
        self.logger = logger
        rule = registered.map { AddressRule(host: $0.host, port: $0.port, own: AddressRule.ownAddresses) }
        loop.preconditionInEventLoop()
        watch(from: .now() + configuration.startTimeout)
        start(job)
    }

    /// Whatever it still says is not heard. Calls nothing.
    package func close() {
        loop.preconditionInEventLoop()
        owner = nil
        finish(DemuxerEnd(.timeout, "closed by the gateway"))
    }

    /// RTP packets for a transcode, each with its interleaved framing on channel 0. Dropped, with `false`, while more than
    /// `limit` bytes wait.
    package func send(_ frames: ByteBuffer, limit: Int = 4 << 20) -> Bool {
        guard !hasEnded else { return false }
        guard let channel else {
            guard early.bytes + frames.readableBytes <= limit else { return false }
            early.frames.append(frames)
            early.bytes += frames.readableBytes
            return true
        }
        let queued = (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        guard queued + frames.readableBytes <= limit else { return false }
        channel.writeAndFlush(frames, promise: nil)
        return true
    }

    // MARK: The process

    private func start(_ job: DemuxerJob) {
        guard let frames = Self.frames(of: job) else { return finish(DemuxerEnd(.unsupported, "the job is too long")) }
        let executable = configuration.executable
        let opened = NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
            Result { () throws(DecoderFailure) in
                try ChildProgram.start(executable, arguments: [], takesDescriptors: true)
            }
        }
        opened.assumeIsolated().whenComplete { result in
            switch result {
            case .success(.success(let program)): self.connect(program, frames)
            case .success(.failure(let failure)): self.unavailable("\(failure)")
            case .failure(let error): self.unavailable("\(error)")
            }
        }
    }

    private func unavailable(_ reason: String) {
        logger.error("the demuxer cannot be started", metadata: ["error": "\(reason)"])
        finish(DemuxerEnd(.unsupported, "the gateway cannot start its demuxer"))
    }

    private static func frames(of job: DemuxerJob) -> ByteBuffer? {
        guard let json = try? JSONEncoder().encode(job) else { return nil }
        var buffer = ByteBuffer()
        for start in stride(from: 0, to: json.count, by: 60_000) {
            let part = json[start..<min(start + 60_000, json.count)]
            buffer.writeBytes(DemuxerMessage.head(.job, length: UInt16(truncatingIfNeeded: part.count)))
            buffer.writeBytes(part)
        }
        buffer.writeBytes(DemuxerMessage.head(.job, length: 0))
        return buffer
    }

    private func connect(_ program: ChildProgram, _ job: ByteBuffer) {
        descriptors = program.descriptors
        let process = self
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 4 << 10, initial: 16 << 10, maximum: 256 << 10)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DemuxerHandler(process: process) {
                            NIOThreadPool.singleton.submit { _ in program.end() }
                        })
                }
            }
        bootstrap.withConnectedSocket(program.socket).assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                guard !self.hasEnded else { return channel.close(promise: nil) }
                self.channel = channel
                channel.write(job, promise: nil)
                for frames in self.early.frames { channel.write(frames, promise: nil) }
                self.early = ([], 0)
                channel.flush()
            case .failure(let error):
                // The handler may not have been there to see the end.
                NIOThreadPool.singleton.submit { _ in program.end() }
                self.unavailable("\(error)")
            }
            if self.hasEnded { self.closeDescriptors() }
        }
    }

    private func watch(from time: NIODeadline) {
        deadline = loop.assumeIsolated().scheduleTask(deadline: time) {
            guard !self.hasEnded else { return }
            guard let last = self.lastPacket else {
                return self.finish(self.dialFailure ?? DemuxerEnd(.timeout, "no picture came in time"))
            }
            let next = last + self.configuration.silenceTimeout
            guard next <= .now() else { return self.watch(from: next) }
            self.finish(self.dialFailure ?? DemuxerEnd(.timeout, "no more pictures came"))
        }
    }

    private func finish(_ end: DemuxerEnd) {
        guard !hasEnded else { return }
        hasEnded = true
        deadline?.cancel()
        channel?.close(promise: nil)
        channel = nil
        closeDescriptors()
        let owner = owner
        self.owner = nil
        owner?.demuxerEnded(end)
    }

    private func closeDescriptors() {
        guard let descriptors, !isDialing else { return }
        Glibc.close(descriptors)
        self.descriptors = nil
    }

    // MARK: From the process

    func received(packet: RawSpan) {
        if lastPacket == nil { dialFailure = nil }
        lastPacket = .now()
        owner?.demuxerReceived(packet: packet)
    }

    func received(_ message: ByteBuffer, on channel: DemuxerMessage.Channel) {
        let json = Data(message.readableBytesView)
        switch channel {
        case .video:
            guard let video = try? JSONDecoder().decode(DemuxedVideo.self, from: json) else { return }
            owner?.demuxerDescribed(video)
        case .dial:
            guard let request = try? JSONDecoder().decode(DialRequest.self, from: json) else { return }
            answer(request)
        case .end:
            end = try? JSONDecoder().decode(DemuxerEnd.self, from: json)
        case .packet, .job:
            break
        }
    }

    func ended() {
        let said = end.map { said in
            // What it could not reach, it saw as some failure of reading.
            dialFailure ?? said
        }
        finish(said ?? DemuxerEnd(.undecodable, "the demuxer ended over this stream"))
    }

    // MARK: Connections for it

    private func answer(_ request: DialRequest) {
        guard let rule, !isDialing, !hasEnded else { return }
        isDialing = true
        dialFailure = nil
        let now = NIODeadline.now()
        if now - dials.since > .seconds(10) { dials = (0, now) }
        dials.count += 1
        guard dials.count <= Self.dialLimit else {
            return refuse(DemuxerEnd(.redirected, "it leads from one connection to the next"), EACCES)
        }
        let timeout = now + configuration.connectTimeout
        let port = Int(request.port)
        let connected = resolve(request).flatMap { [loop, dial] address -> EventLoopFuture<any Channel> in
            guard rule.allows(address, host: request.host, port: port), let literal = address.ipAddress else {
                return loop.makeFailedFuture(
                    DemuxerEnd(.redirected, "it leads to an address of the gateway or of the network itself"))
            }
            return dial(literal, port, loop, timeout)
        }
        let promise = loop.makePromise(of: (any Channel).self)
        let late = loop.assumeIsolated().scheduleTask(deadline: timeout + .milliseconds(200)) {
            promise.fail(DemuxerEnd(.timeout, "the host's name was not resolved, or no connection made, in time"))
        }
        connected.assumeIsolated().whenComplete { result in
            late.cancel()
            guard self.isDialing else { return (try? result.get())?.close(promise: nil) ?? () }
            promise.completeWith(result)
        }
        promise.futureResult.assumeIsolated().whenComplete { self.dialed($0, request) }
    }

    private func dialed(_ result: Result<any Channel, any Error>, _ request: DialRequest) {
        switch result {
        case .success(let channel):
            defer { channel.close(promise: nil) }
            let own = try? channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
                fcntl($0, F_DUPFD_CLOEXEC, 0)
            }
            guard let own, own >= 0 else { return refuse(DemuxerEnd(.unreachable, "no descriptor is left"), EMFILE) }
            defer { Glibc.close(own) }
            isDialing = false
            if let descriptors { _ = linux_send_descriptor(descriptors, own, 0) }
            if hasEnded { closeDescriptors() }
        case .failure(let end as DemuxerEnd):
            refuse(end, end.outcome == .timeout ? ETIMEDOUT : EACCES)
        case .failure(let error):
            let isLate = if case ChannelError.connectTimeout = error { true } else { false }
            let isRegistered = rule?.isRegistered(host: request.host, port: Int(request.port)) ?? false
            let place = isRegistered ? "\(request.host) port \(request.port)" : "the place that it leads to"
            refuse(DemuxerEnd(.unreachable, "no connection to \(place)"), isLate ? ETIMEDOUT : ECONNREFUSED)
        }
    }

    private func refuse(_ end: DemuxerEnd, _ reason: CInt) {
        dialFailure = end
        isDialing = false
        if let descriptors { _ = linux_send_descriptor(descriptors, -1, UInt8(truncatingIfNeeded: reason)) }
        if hasEnded { closeDescriptors() }
    }

    private func resolve(_ request: DialRequest) -> EventLoopFuture<SocketAddress> {
        let port = Int(request.port)
        if let literal = try? SocketAddress(ipAddress: request.host, port: port) { return loop.makeSucceededFuture(literal) }
        return NIOThreadPool.singleton.runIfActive(eventLoop: loop) {
            try SocketAddress.makeAddressResolvingHost(request.host, port: port)
        }
    }
}
