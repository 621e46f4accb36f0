import Foundation
import GatewayCore
import NIOCore

/// What gateway and demuxer say to each other over one stream socket, framed as RTSP frames its packets (RFC 2326 section
/// 10.12): `$`, channel u8, length u16, content.
package enum DemuxerMessage {
    package static let headLength = 4

    package enum Channel: UInt8, Sendable {
        /// An RTP packet of the video, either way; of a job for sound, eight bytes of its time and then samples or AAC.
        case packet = 0
        /// To the demuxer, first of all: ``DemuxerJob`` as JSON, in as many messages as it takes; an empty one ends it.
        case job = 1
        /// From the demuxer, before the first packet and whenever they change: ``DemuxedVideo`` as JSON.
        case video = 2
        /// From the demuxer: ``DialRequest`` as JSON. The connected socket is sent over the second socket.
        case dial = 3
        /// From the demuxer, last of all: ``DemuxerEnd`` as JSON.
        case end = 4
    }

    package static func head(_ channel: Channel, length: UInt16) -> [UInt8] {
        [UInt8(ascii: "$"), channel.rawValue, UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
    }

    /// `nil` if the content is too long for one message.
    package static func frame(_ channel: Channel, _ content: some Encodable) -> [UInt8]? {
        guard let json = try? JSONEncoder().encode(content), let length = UInt16(exactly: json.count) else { return nil }
        return head(channel, length: length) + json
    }
}

/// What a demuxer is started for. Its address may hold credentials: it goes through the socket, never onto a command line.
package enum DemuxerJob: Sendable, Codable, Hashable {
    /// Pull this address and send its video.
    case pull(address: String)
    /// Take RTP packets of this session, and send them as H.264 of at most `maxHeight` lines.
    case transcode(sdp: String, maxHeight: Int)
    /// Take samples, and send them as AAC-LC.
    case sound(law: G711, sampleRate: Int, channels: Int)
}

/// What comes out of a demuxer.
package struct DemuxedVideo: Sendable, Codable, Hashable {
    package var codec: VideoCodec
    /// NAL units without start codes, in decoding order; empty where they come in the stream only.
    package var parameterSets: [[UInt8]]

    package init(codec: VideoCodec, parameterSets: [[UInt8]]) {
        self.codec = codec
        self.parameterSets = parameterSets
    }
}

/// A connection that the demuxer cannot make itself.
package struct DialRequest: Sendable, Codable, Hashable {
    package var host: String
    package var port: UInt16

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}

/// Why a demuxer stopped. `message` holds no credential and nothing that the other side wrote.
package struct DemuxerEnd: Error, Sendable, Codable, Hashable, CustomStringConvertible {
    package var outcome: ProbeOutcome
    package var message: String

    package init(_ outcome: ProbeOutcome, _ message: String) {
        self.outcome = outcome
        self.message = message
    }

    package var description: String { "\(outcome.rawValue): \(message)" }
}
