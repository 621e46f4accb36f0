import Foundation

/// How a probe of a stream ended.
package enum ProbeOutcome: String, Sendable, Codable, CaseIterable {
    /// A key frame came and FFmpeg decoded it.
    case reachable
    /// No TCP connection to the camera.
    case unreachable
    /// The recorder or platform that carries the camera gave no connection; the camera itself was not tried.
    case intermediaryUnreachable
    /// Connected, but a phase did not end before its deadline.
    case timeout
    case unauthorized
    case notFound
    /// More than three redirects, or one to where the gateway does not follow.
    case redirected
    /// A session without a video track, or a track that sends nothing that is video.
    case noVideo
    /// A codec or transport that the gateway does not carry.
    case unsupported
    /// Packets came, but FFmpeg could not make a picture of them.
    case undecodable
    case protocolError
}

/// Key-frame distance seen during a probe's window.
package enum GOPLength: Sendable, Hashable, Codable {
    case seconds(Double)
    /// No second key frame came within the window of this many seconds.
    case atLeast(Double)
}

/// What a probe of one stream found. Holds figures and a signature, never a picture.
package struct ProbeReport: Sendable, Codable {
    package struct Video: Sendable, Codable, Hashable {
        /// FFmpeg's short name: `h264`, `hevc`.
        package var codec: String
        package var profile: String?
        package var width: Int
        package var height: Int
        /// Frames per second over the window; `nil` if fewer than two frames came.
        package var frameRate: Double?
        /// Kilobits per second over the window.
        package var bitRateKbps: Double?

        package init(codec: String, profile: String?, width: Int, height: Int, frameRate: Double?, bitRateKbps: Double?) {
            self.codec = codec
            self.profile = profile
            self.width = width
            self.height = height
            self.frameRate = frameRate
            self.bitRateKbps = bitRateKbps
        }
    }

    package struct Picture: Sendable, Hashable {
        /// Mean luma, 0…255: a covered or dark camera is near 16.
        package var mean: Double
        /// Luma variance: a flat picture is near 0.
        package var variance: Double
        /// 16 × 16 mean luma, row by row, 256 bytes: enough to tell a frozen picture, too little to know a person.
        package var signature: [UInt8]
        /// Largest change of a cell of the signature to the next key picture within the window; `nil` if none came.
        package var motion: Int?

        package init(mean: Double, variance: Double, signature: [UInt8], motion: Int? = nil) {
            self.mean = mean
            self.variance = variance
            self.signature = signature
            self.motion = motion
        }

        /// Largest difference between a cell of this signature and the same cell of another; `nil` for other sizes.
        package func difference(to other: Picture) -> Int? {
            guard signature.count == other.signature.count else { return nil }
            return zip(signature, other.signature).map { abs(Int($0) - Int($1)) }.max()
        }
    }

    package var outcome: ProbeOutcome
    /// One sentence for a person; no credential.
    package var detail: String
    package var startedAt: Date
    package var duration: Duration
    package var timeToFirstPacket: Duration?
    package var timeToFirstKeyFrame: Duration?
    package var video: Video?
    package var gop: GOPLength?
    package var picture: Picture?

    package init(outcome: ProbeOutcome, detail: String, startedAt: Date, duration: Duration) {
        self.outcome = outcome
        self.detail = detail
        self.startedAt = startedAt
        self.duration = duration
    }
}

/// The signature travels as one text: as 256 numbers it cost more than the decoding of the picture.
extension ProbeReport.Picture: Codable {
    private enum CodingKeys: CodingKey { case mean, variance, signature, motion }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            mean: try container.decode(Double.self, forKey: .mean),
            variance: try container.decode(Double.self, forKey: .variance),
            signature: Array(try container.decode(Data.self, forKey: .signature)),
            motion: try container.decodeIfPresent(Int.self, forKey: .motion))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(mean, forKey: .mean)
        try container.encode(variance, forKey: .variance)
        try container.encode(Data(signature), forKey: .signature)
        try container.encodeIfPresent(motion, forKey: .motion)
    }
}
