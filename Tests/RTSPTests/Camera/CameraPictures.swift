@testable import RTSP

/// Pictures that a scripted camera sends: NAL units with bytes of their own, and the frames that carry them.
struct CameraPictures: Sendable {
    static let sps: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44]
    static let pps: [UInt8] = [0x68, 0xCE, 0x3C, 0x80]

    static let standard = CameraPictures()

    /// In the order sent.
    let units: [[UInt8]]
    /// Interleaved frames, one for each RTP packet.
    let frames: [[UInt8]]

    /// One key picture with its parameter sets and three others.
    init(channel: UInt8 = 0, from sequence: UInt16 = 65_530) {
        var generator = SeededGenerator(seed: 77)
        func slice(_ header: UInt8, _ count: Int) -> [UInt8] {
            [header] + generator.bytes(count).map { $0 == 0 ? 1 : $0 }
        }
        let pictures = [
            [Self.sps, Self.pps, slice(0x65, 5_000)], [slice(0x41, 700)], [slice(0x41, 90)], [slice(0x41, 2_600)],
        ]
        var sequence = sequence
        var frames: [[UInt8]] = []
        for (index, picture) in pictures.enumerated() {
            let payloads = picture.flatMap { Self.payloads(of: $0) }
            for (place, payload) in payloads.enumerated() {
                let packet = Self.packet(
                    payload, sequence: sequence, timestamp: UInt32(index) &* 3_600 &+ 0xFFFF_F000,
                    marker: place == payloads.count - 1)
                frames.append(Self.frame(packet, channel: channel))
                sequence &+= 1
            }
        }
        units = pictures.flatMap { $0 }
        self.frames = frames
    }

    /// A single unit, or FU-A packets of at most 1,200 bytes.
    static func payloads(of unit: [UInt8]) -> [[UInt8]] {
        guard unit.count > 1_200 else { return [unit] }
        let body = Array(unit.dropFirst())
        return stride(from: 0, to: body.count, by: 1_190).map { start in
            let end = min(start + 1_190, body.count)
            let flags: UInt8 = (start == 0 ? 0x80 : 0) | (end == body.count ? 0x40 : 0)
            return [unit[0] & 0xE0 | 28, flags | unit[0] & 0x1F] + body[start..<end]
        }
    }

    static func packet(_ payload: [UInt8], sequence: UInt16, timestamp: UInt32, marker: Bool) -> [UInt8] {
        var packet: [UInt8] = [0x80, (marker ? 0x80 : 0) | 96, UInt8(sequence >> 8), UInt8(sequence & 255)]
        for shift: UInt32 in [24, 16, 8, 0] { packet.append(UInt8(truncatingIfNeeded: timestamp >> shift)) }
        return packet + [0xCA, 0xFE, 0, 1] + payload
    }

    static func frame(_ packet: [UInt8], channel: UInt8) -> [UInt8] {
        [0x24, channel, UInt8(packet.count >> 8), UInt8(packet.count & 255)] + packet
    }

    /// A sender report with this NTP time.
    static func report(channel: UInt8 = 1, ntp: UInt64 = 0) -> [UInt8] {
        let words = [0x80C8_0006, 0xCAFE_0001, UInt32(truncatingIfNeeded: ntp >> 32), UInt32(truncatingIfNeeded: ntp), 0, 0, 0]
        return frame(
            words.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }, channel: channel)
    }

    /// Puts NAL units together as RFC 6184 says, written for these tests alone.
    struct Reader {
        private(set) var units: [[UInt8]] = []
        private var open: [UInt8] = []

        mutating func append(_ packet: [UInt8]) {
            guard packet.count > 12, packet[0] == 0x80, packet[1] & 0x7F == 96 else { return }
            let payload = packet.dropFirst(12)
            guard let first = payload.first, first != 0 else { return }
            guard first & 0x1F == 28, payload.count >= 2 else { return units.append(Array(payload)) }
            let flags = payload[payload.startIndex + 1]
            if flags & 0x80 != 0 { open = [first & 0xE0 | flags & 0x1F] }
            open += payload.dropFirst(2)
            if flags & 0x40 != 0 { units.append(open) }
        }
    }
}
