import FoundationEssentials
import Glibc

/// Synthetic cameras. Their pictures leave on a grid of the machine's clock: the time between two pictures of a camera is
/// shared out among all of them, so that the load is even; each begins at another place of its clip, so that the key
/// pictures do not come together.
final class CameraRack: StreamCatalog {
    struct Totals: Encodable {
        let units: Int
        let bytes: Int
        let skippedUnits: Int
        /// How much later than the grid said a picture left; if this grows, the source was the bottleneck.
        let latenessMilliseconds: Distribution.Summary?
    }

    private struct Camera {
        let pictures: [PacketizedPicture]
        let description: String
        var header: PacketizedPicture.Header
        let timestampStart: UInt32
        let phase: Int
        var packets: UInt32 = 0
        var octets: UInt32 = 0
        var nextReport = MonotonicTime(nanoseconds: 0)
        var sessions: [StreamSession] = []
    }

    /// Pictures that are due within this time leave together: as rarely does any machine wake up.
    private static let shortestSleep = 0.000_5
    private static let reportInterval = 5.0

    private var cameras: [Camera] = []
    private let framesPerSecond: Int
    private let memory: UnsafeMutableRawBufferPointer
    private var units = 0
    private var bytes = 0
    private var lateness = Distribution()

    /// - Parameter clips: camera by camera, over and over.
    init(clips: [Clip], cameras count: Int, framesPerSecond: Int) {
        self.framesPerSecond = framesPerSecond
        let packetized = clips.map { clip in clip.pictures.map { PacketizedPicture($0, of: clip) } }
        var generator = SystemRandomNumberGenerator()
        for number in 0..<count {
            let clip = clips[number % clips.count]
            cameras.append(
                Camera(
                    pictures: packetized[number % clips.count],
                    description: Self.describe(clip, number: number + 1, framesPerSecond: framesPerSecond),
                    header: .init(sequence: generator.next(), timestamp: 0, ssrc: generator.next()),
                    timestampStart: generator.next(), phase: number * 37 % clip.pictures.count))
        }
        let largest = packetized.joined().map(\.byteCount).max() ?? 0
        memory = .allocate(byteCount: largest, alignment: 16)
    }

    deinit { memory.deallocate() }

    func sessionDescription(of stream: Int) -> String? { cameras.indices.contains(stream) ? cameras[stream].description : nil }

    func began(_ session: StreamSession, on stream: Int) {
        cameras[stream].sessions.append(session)
        cameras[stream].nextReport = .now
    }

    func ended(_ session: StreamSession, on stream: Int) { cameras[stream].sessions.removeAll { $0 === session } }

    /// Sends until it is told to stop.
    func run(server: StreamServer, poll: EventPoll, stop: StopSignal) throws -> Totals {
        let start = MonotonicTime.now
        let perSecond = Double(framesPerSecond * cameras.count)
        var slot = 0
        var isStopped = false
        while !isStopped {
            var now = MonotonicTime.now
            var due = start + Double(slot) / perSecond
            while due <= now {
                send(camera: slot % cameras.count, unit: slot / cameras.count, due: due)
                slot += 1
                due = start + Double(slot) / perSecond
            }
            now = .now
            try poll.wait(until: max(due, now + Self.shortestSleep)) { event in
                if stop.isStop(event) { isStopped = true } else { _ = try server.handle(event) }
            }
        }
        return Totals(units: units, bytes: bytes, skippedUnits: server.skippedUnits, latenessMilliseconds: lateness.summary)
    }

    private func send(camera index: Int, unit: Int, due: MonotonicTime) {
        guard !cameras[index].sessions.isEmpty else { return }
        let picture = cameras[index].pictures[(cameras[index].phase + unit) % cameras[index].pictures.count]
        let now = MonotonicTime.now
        if unit % 16 == 0 { lateness.add(now.milliseconds(since: due)) }
        // The product in 64 bits: a camera that runs for days comes round, as RTP timestamps do.
        let elapsed = UInt64(unit) * 90_000 / UInt64(framesPerSecond)
        cameras[index].header.timestamp = cameras[index].timestampStart &+ UInt32(truncatingIfNeeded: elapsed)
        if now >= cameras[index].nextReport {
            report(camera: index)
            cameras[index].nextReport = now + Self.reportInterval
        }
        picture.render(
            to: memory, header: &cameras[index].header,
            stamp: Stamp(sent: now, unit: UInt32(truncatingIfNeeded: unit), camera: UInt32(index + 1)))
        let rendered = UnsafeRawBufferPointer(rebasing: memory[..<picture.byteCount])
        for session in cameras[index].sessions {
            session.send(rendered)
            units += 1
            bytes += picture.byteCount
        }
        cameras[index].packets &+= UInt32(picture.packetCount)
        cameras[index].octets &+= UInt32(picture.byteCount - 16 * picture.packetCount)
    }

    /// A sender report (RFC 3550 section 6.4.1).
    private func report(camera index: Int) {
        let camera = cameras[index]
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let words: [UInt32] = [
            0x2401_001C, 0x80C8_0006, camera.header.ssrc, UInt32(truncatingIfNeeded: time.tv_sec + 2_208_988_800),
            UInt32(truncatingIfNeeded: (UInt64(time.tv_nsec) << 32) / 1_000_000_000), camera.header.timestamp, camera.packets,
            camera.octets,
        ]
        words.map(\.bigEndian).withUnsafeBytes { bytes in
            for session in camera.sessions { session.send(bytes) }
        }
    }

    private static func describe(_ clip: Clip, number: Int, framesPerSecond: Int) -> String {
        let set = clip.sequenceParameterSet
        let profile = set[1...3].map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true) }.joined()
        let sets = "\(Data(set).base64EncodedString()),\(Data(clip.pictureParameterSet).base64EncodedString())"
        return [
            "v=0", "o=- \(number) 1 IN IP4 127.0.0.1", "s=camera \(number)", "c=IN IP4 0.0.0.0", "t=0 0", "a=control:*",
            "a=range:npt=now-", "m=video 0 RTP/AVP \(PacketizedPicture.payloadType)",
            "a=rtpmap:\(PacketizedPicture.payloadType) H264/90000",
            "a=fmtp:\(PacketizedPicture.payloadType) packetization-mode=1;profile-level-id=\(profile);sprop-parameter-sets=\(sets)",
            "a=framerate:\(framesPerSecond)", "a=control:track1", "",
        ].joined(separator: "\r\n")
    }
}
