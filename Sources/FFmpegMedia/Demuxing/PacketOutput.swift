import GatewayCore

/// Takes what a pulled or transcoded stream gives. Called on the thread that reads it.
package protocol PacketOutput: AnyObject {
    /// Before the first packet, and when the parameter sets are new.
    func described(codec: VideoCodec, parameterSets: [[UInt8]])
    /// RTP packets of one access unit, each behind `$`, channel 0 and its length. `false` ends the stream.
    func send(_ frames: [UInt8]) -> Bool
}

/// Why a stream ended. `message` quotes no address.
package struct StreamEnd: Error, Sendable, Hashable {
    package var outcome: ProbeOutcome
    package var message: String

    init(_ outcome: ProbeOutcome, _ message: String) {
        self.outcome = outcome
        self.message = message
    }
}
