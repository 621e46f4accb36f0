import Foundation
import GatewayCore
import NIOCore

/// What gateway and decoder say to each other over one stream socket: `length u32` of what follows it, `kind u8`,
/// `number u32` of the job, then the kind's content; big-endian.
package enum DecoderMessage {
    /// Longest message: a key picture of the largest access unit.
    package static let longest = 16 << 20
    package static let headLength = 9

    package enum Request: UInt8, Sendable {
        /// A probe begins; content: `ProbeOptions` as JSON. Packets may follow from now on.
        case open = 1
        /// Of a probe: arrival in nanoseconds of the monotonic clock u64, then RTP packets, each behind `$`, channel, length u16.
        case packets = 2
        /// Of a probe: the session description. It is looked at now.
        case describe = 3
        /// Of a probe: no more packets come.
        case end = 4
        /// Content: ``StillRequest``.
        case still = 5
    }

    package enum Reply: UInt8, Sendable {
        /// The decoder is ready; content: one byte, 1 if the kernel confines it.
        case ready = 1
        /// Content: `ProbeFindings` as JSON.
        case findings = 2
        /// Content: a JPEG file.
        case picture = 3
        /// Content: UTF-8, one sentence.
        case failed = 4
    }

    package static func frame(kind: UInt8, number: UInt32, content: some Collection<UInt8>) -> ByteBuffer {
        var buffer = head(kind: kind, number: number, contentLength: content.count)
        buffer.writeBytes(content)
        return buffer
    }

    /// - Returns: a buffer with room for the content.
    package static func head(kind: UInt8, number: UInt32, contentLength: Int, capacity: Int? = nil) -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: headLength + (capacity ?? contentLength))
        buffer.writeInteger(UInt32(truncatingIfNeeded: contentLength + 5))
        buffer.writeMultipleIntegers(kind, number)
        return buffer
    }
}

/// A key picture of which a JPEG is wanted.
package struct StillRequest: Sendable, Codable, Hashable {
    package var codec: VideoCodec
    package var parameterSets: [[UInt8]]
    package var width: Int
    package var height: Int
    /// A wider picture is scaled down, keeping its shape.
    package var maxWidth: Int
    /// 1 (smallest) to 100 (best).
    package var quality: Int

    package init(parameters: VideoParameters, maxWidth: Int, quality: Int) {
        codec = parameters.codec
        parameterSets = parameters.parameterSets
        width = parameters.width
        height = parameters.height
        self.maxWidth = maxWidth
        self.quality = quality
    }

    package var parameters: VideoParameters {
        VideoParameters(codec: codec, parameterSets: parameterSets, width: width, height: height)
    }

    /// Length of the JSON u16, JSON, sample.
    package func content(sample: ByteBuffer) throws -> ByteBuffer {
        let json = try JSONEncoder().encode(self)
        guard let length = UInt16(exactly: json.count) else { throw DecoderFailure.refused("the parameter sets are too long") }
        var content = ByteBufferAllocator().buffer(capacity: 2 + json.count + sample.readableBytes)
        content.writeInteger(length)
        content.writeBytes(json)
        content.writeImmutableBuffer(sample)
        return content
    }

    package static func read(_ content: ByteBuffer) -> (request: StillRequest, sample: ByteBuffer)? {
        var content = content
        guard let length = content.readInteger(as: UInt16.self), let json = content.readBytes(length: Int(length)),
            let request = try? JSONDecoder().decode(StillRequest.self, from: Data(json))
        else { return nil }
        return (request, content)
    }
}

/// Why the decoder gave no answer.
package enum DecoderFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// It said so itself.
    case refused(String)
    /// Its process ended while it worked on this: perhaps because of this, perhaps because of something else.
    case died
    /// It did not answer in time, and was ended.
    case late
    /// Its program is missing or cannot be started.
    case unavailable(String)
    case shutDown

    package var description: String {
        switch self {
        case .refused(let reason): reason
        case .died: "the decoder ended over its work"
        case .late: "the decoder did not answer in time"
        case .unavailable(let reason): "the decoder cannot be started: \(reason)"
        case .shutDown: "the gateway is shutting down"
        }
    }
}
