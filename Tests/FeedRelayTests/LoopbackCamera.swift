import GatewayCore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import RTSP

@testable import FeedRelay

/// A camera on loopback that sends H.264 packets when the test says so.
final class LoopbackCamera: PresentationDirectory, Sendable {
    static let sps: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44]
    static let pps: [UInt8] = [0x68, 0xCE, 0x3C, 0x80]

    private struct State {
        var shows: [Show] = []
        var describes = 0
    }

    private let state = NIOLockedValueBox(State())

    /// One connection of the gateway to this camera.
    // SAFETY: mutable state is touched on `eventLoop` only.
    final class Show: Presentation, @unchecked Sendable {
        let sessionDescription =
            "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=cam\r\nt=0 0\r\nm=video 0 RTP/AVP 102\r\na=rtpmap:102 H264/90000\r\n"
            + "a=fmtp:102 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgL/lwEQ=,aM48gA==\r\na=control:track1\r\n"
        let eventLoop: any EventLoop
        private var sink: (any InterleavedSink)?
        private var maker = PacketMaker()

        init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

        func play(into sink: any InterleavedSink) { self.sink = sink }
        func pause() { sink = nil }
        func teardown() { sink = nil }

        func send(key: Bool, payload: [UInt8]) async throws { try await send([(key, payload)]) }

        /// So many pictures in one write.
        func send(_ pictures: [(key: Bool, payload: [UInt8])]) async throws {
            try await eventLoop.submit {
                var frames = ByteBuffer()
                for picture in pictures {
                    let packet = self.maker.packet([picture.key ? 0x65 : 0x41] + picture.payload, marker: true)
                    self.maker.timestamp &+= 3_600
                    frames.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(0), UInt16(packet.count))
                    frames.writeBytes(packet)
                }
                self.sink?.write(frames)
                self.sink?.flush()
            }.get()
        }

        /// A sender report that ties the newest picture to a wall clock.
        func report(secondsSince1970 seconds: Double) async throws {
            try await eventLoop.submit {
                let report = SenderReport(
                    ssrc: self.maker.ssrc, ntp: SenderReport.ntp(secondsSince1970: seconds),
                    rtpTimestamp: self.maker.timestamp &- 3_600, packetCount: 1, octetCount: 1)
                var frame = ByteBuffer()
                frame.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(1), UInt16(SenderReport.byteCount))
                report.serialize(into: &frame)
                self.sink?.write(frame)
                self.sink?.flush()
            }.get()
        }

        func die() { eventLoop.execute { self.sink?.close() } }
        var isPlaying: Bool { get async throws { try await eventLoop.submit { self.sink != nil }.get() } }
    }

    func presentation(for request: PresentationRequest, on eventLoop: any EventLoop) -> EventLoopFuture<PresentationAnswer> {
        let show = Show(eventLoop: eventLoop)
        state.withLockedValue {
            $0.shows.append(show)
            $0.describes += 1
        }
        return eventLoop.makeSucceededFuture(.presentation(show))
    }

    var connections: Int { state.withLockedValue { $0.describes } }

    /// The newest connection, once it plays.
    func show(number: Int) async throws -> Show {
        try await eventually("connection \(number) of the camera") {
            guard self.connections >= number else { return nil }
            let show = self.state.withLockedValue { $0.shows[number - 1] }
            return try await show.isPlaying ? show : nil
        }
    }
}

/// One player of ours on loopback that collects what it is sent.
// SAFETY: mutable state is touched on the client's loop only, or behind the lock.
final class LoopbackPlayer: RTSPClientDelegate, @unchecked Sendable {
    struct Received: Sendable {
        var packets: [[UInt8]] = []
        var reports: [SenderReport] = []
        /// Packets of sound.
        var sounds = 0
        var closed: RTSPClientError?
    }

    private let received = NIOLockedValueBox(Received())
    private let eventLoop: any EventLoop
    private var client: RTSPClient?

    init(port: Int, target: String, on eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        eventLoop.execute {
            self.client = RTSPClient.connect(
                configuration: RTSPClientConfiguration(url: StreamURL(host: "127.0.0.1", port: port, target: target)),
                dialer: SystemDialer(), on: eventLoop, delegate: self, logger: Logger(label: "player"))
        }
    }

    var snapshot: Received { received.withLockedValue { $0 } }
    /// First payload byte and the sequence number of each packet so far.
    var sequences: [UInt16] { snapshot.packets.map { UInt16($0[2]) << 8 | UInt16($0[3]) } }
    var lastBytes: [UInt8] { snapshot.packets.compactMap(\.last) }
    func close() { eventLoop.execute { self.client?.close() } }

    func clientDescribed(_ presentation: RTSPClientPresentation) {}
    func clientPlaying() {}
    func clientReceived(packet: RawSpan) {
        var bytes: [UInt8] = []
        for offset in 0..<packet.byteCount { bytes.append(packet.uint8(at: offset)) }
        received.withLockedValue { $0.packets.append(bytes) }
    }
    func clientReceived(control: RawSpan) {
        guard let report = SenderReport(control) else { return }
        received.withLockedValue { $0.reports.append(report) }
    }
    func clientReceived(audio packet: RawSpan) { received.withLockedValue { $0.sounds += 1 } }
    func clientReadComplete() {}
    func clientClosed(_ error: RTSPClientError) { received.withLockedValue { $0.closed = error } }
}

struct Overdue: Error, CustomStringConvertible {
    let description: String
}

/// Waits until `body` gives a value; fails after ten seconds.
@discardableResult
func eventually<Value>(
    _ what: String, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value?
) async throws -> Value {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if let value = try await body() { return value }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw Overdue(description: "waited in vain for \(what)")
}
