import Foundation
import NIOCore
import RTSP

/// Plays one packetized clip to all viewers of a camera in step with the wall clock; stands still without viewers.
///
/// The first viewer gets a key frame at once, as from an encoder that starts on demand; those who join later come in
/// wherever the stream is.
///
/// ## Concurrency model
/// Confined to the grid's event loop.
final class ClipPlayer {
    private static let reportInterval = 5
    /// A viewer that leaves so much unread misses pictures until the next key frame.
    private static let viewerBacklogBytes = 4 << 20

    let clip: PacketizedClip
    private let grid: TickGrid
    private let clock = PacketizedClip.Clock(
        source: .random(in: .min ... .max), firstSequence: .random(in: .min ... .max), firstTimestamp: .random(in: .min ... .max))
    private let interval: TimeAmount
    private var viewers: [ObjectIdentifier: SimulatedPresentation] = [:]
    private var nextPicture = 0
    private var nextDue = NIODeadline.uptimeNanoseconds(0)
    private var sentOctets: UInt32 = 0
    private var sentPackets: UInt32 = 0

    init(clip: PacketizedClip, grid: TickGrid) {
        self.clip = clip
        self.grid = grid
        self.interval = .nanoseconds(1_000_000_000 / Int64(clip.framesPerSecond))
    }

    func add(_ viewer: SimulatedPresentation) {
        if viewers.isEmpty {
            while !clip.isKey(nextPicture) { nextPicture += 1 }
            nextDue = .now()
            grid.add(self)
        }
        viewers[ObjectIdentifier(viewer)] = viewer
    }

    func remove(_ viewer: SimulatedPresentation) {
        guard viewers.removeValue(forKey: ObjectIdentifier(viewer)) != nil, viewers.isEmpty else { return }
        grid.remove(self)
    }

    func sendDue(at now: NIODeadline) {
        // After a stall of the whole process the camera goes on from now, as a real one would.
        if now - nextDue > .seconds(1) { nextDue = now }
        while nextDue <= now, !viewers.isEmpty {
            send()
            nextPicture += 1
            nextDue = nextDue + interval
        }
    }

    private func send() {
        let bytes = clip.frame(nextPicture, clock: clock)
        let isKey = clip.isKey(nextPicture)
        let packets = clip.pictures[nextPicture % clip.pictures.count].packetOffsets.count
        sentPackets &+= UInt32(truncatingIfNeeded: packets)
        sentOctets &+= UInt32(truncatingIfNeeded: bytes.readableBytes &- packets &* 16)
        let report = nextPicture % (clip.framesPerSecond * Self.reportInterval) == 0 ? senderReport() : nil
        for viewer in Array(viewers.values) {
            viewer.send(picture: bytes, report: report, isKey: isKey, backlogLimit: Self.viewerBacklogBytes)
        }
    }

    private func senderReport() -> ByteBuffer {
        let report = SenderReport(
            ssrc: clock.source, ntp: SenderReport.ntp(secondsSince1970: Date().timeIntervalSince1970),
            rtpTimestamp: clip.timestamp(nextPicture, clock: clock), packetCount: sentPackets, octetCount: sentOctets)
        var frame = ByteBuffer()
        frame.writeMultipleIntegers(UInt8(ascii: "$"), UInt8(1), UInt16(SenderReport.byteCount))
        report.serialize(into: &frame)
        return frame
    }
}
