import DecoderProcess
import FFmpegMedia
import Foundation
import GatewayCore

/// Writes what comes of a stream to the gateway's socket. Blocking: a gateway that does not read stops the stream.
///
/// Confined to the thread that reads the stream.
// SAFETY: it has no mutable state; the socket is written on the thread demux-0 only.
final class SocketOutput: PacketOutput, @unchecked Sendable {
    private let socket: CInt

    init(socket: CInt) { self.socket = socket }

    func described(codec: VideoCodec, parameterSets: [[UInt8]]) {
        message(.video, DemuxedVideo(codec: codec, parameterSets: parameterSets))
    }

    func send(_ frames: [UInt8]) -> Bool { write(frames) }
    func dial(_ request: DialRequest) { message(.dial, request) }

    /// Says why, and closes our side: the gateway closes the rest, and the process with it.
    func end(_ end: DemuxerEnd) {
        message(.end, end)
        shutdown(socket, CInt(SHUT_WR))
    }

    private func message(_ channel: DemuxerMessage.Channel, _ content: some Encodable) {
        guard let frame = DemuxerMessage.frame(channel, content) else { return }
        _ = write(frame)
    }

    private func write(_ bytes: [UInt8]) -> Bool {
        var sent = 0
        return bytes.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = Glibc.write(socket, bytes.baseAddress?.advanced(by: sent), bytes.count - sent)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }
}
