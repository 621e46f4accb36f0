import CFFmpeg
import Foundation
import GatewayCore

/// Takes a feed's G.711 and gives it as AAC-LC of the same rate. Blocking, until the inlet ends; for a thread of its own.
package enum SoundTranscode {
    /// Bytes of a time before the sound in either direction: of the first sample, in samples, big-endian.
    package static let headLength = 8
    /// Without sound for so long, in seconds, it ends; the gateway ends it before.
    private static let patience: TimeInterval = 30

    /// libavcodec makes its tables when they are first used.
    package static func prepare() { _ = try? AACEncoder(sampleRate: 8_000, channels: 1) }

    /// - Parameters:
    ///   - channels: 1 or 2.
    ///   - inlet: a time and samples each. The caller closes it.
    ///   - output: a time and one raw AAC unit each, behind `$`, channel 0 and their length.
    package static func run(
        _ law: G711, sampleRate: Int, channels: Int, inlet: PacketInlet, output: any PacketOutput
    ) -> StreamEnd {
        do throws(FFmpegError) {
            var encoder = try AACEncoder(sampleRate: sampleRate, channels: channels)
            var isFresh = true
            var line = SampleLine(sampleRate: sampleRate, channels: channels, frameLength: AACEncoder.frameLength)
            let table = law.samples
            while case .packet(let packet) = inlet.next(deadline: Date(timeIntervalSinceNow: patience)) {
                guard packet.bytes.count > headLength else { continue }
                let time = packet.bytes.prefix(headLength).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
                line.append(packet.bytes.dropFirst(headLength).map { table[Int($0)] }, at: Int64(bitPattern: time))
                while let frame = line.next() {
                    if frame.isFirst, !isFresh { encoder = try AACEncoder(sampleRate: sampleRate, channels: channels) }
                    isFresh = false
                    for unit in try encoder.encode(frame.samples, time: frame.time) {
                        guard output.send(framed(unit)) else { return StreamEnd(.protocolError, "nobody listens") }
                    }
                }
            }
            return StreamEnd(.protocolError, "the sound ended")
        } catch {
            return StreamEnd(.undecodable, "FFmpeg could not \(error.operation): \(error.message)")
        }
    }

    private static func framed(_ unit: AACEncoder.Unit) -> [UInt8] {
        guard let length = UInt16(exactly: headLength + unit.bytes.count) else { return [] }
        var frame = [UInt8(ascii: "$"), 0, UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
        frame.reserveCapacity(4 + Int(length))
        withUnsafeBytes(of: unit.time.bigEndian) { frame.append(contentsOf: $0) }
        return frame + unit.bytes
    }
}
