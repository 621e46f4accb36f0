import GatewayCore

/// What of a camera's stream did not come, or came unfit, since the feed was made.
package struct FeedLosses: Sendable, Equatable {
    /// RTP packets missing from the numbering.
    package internal(set) var lostPackets = 0
    /// No RTP, doubled, or of an unknown payload.
    package internal(set) var malformedPackets = 0
    /// Pictures above 5 MiB, dropped whole.
    package internal(set) var oversizedUnits = 0
    /// Key pictures of which a part was lost: no viewer begins with them.
    package internal(set) var damagedKeyUnits = 0
    /// NAL units that came packed with others as one, and were packed anew: no loss, but a camera to look at.
    package internal(set) var unpackedUnits = 0
    /// Media time was re-based this often because the camera's clock left the arrival times.
    package internal(set) var rebases = 0
    /// How often the interleaved framing was lost, and the bytes thrown away in search of it.
    package internal(set) var lostFramings = 0
    package internal(set) var lostFramingBytes = 0

    mutating func add(_ assembler: AccessUnitAssembler?) {
        guard let assembler else { return }
        lostPackets += assembler.lostPackets
        malformedPackets += assembler.malformedPackets
        oversizedUnits += assembler.oversizedUnits
        damagedKeyUnits += assembler.damagedKeyUnits
        unpackedUnits += assembler.unpackedUnits
        rebases += assembler.timeline.rebases
    }

    mutating func add(_ ingest: (any FeedIngest)?) {
        guard let lost = ingest?.lostFraming else { return }
        lostFramings += lost.times
        lostFramingBytes += lost.bytes
    }
}
