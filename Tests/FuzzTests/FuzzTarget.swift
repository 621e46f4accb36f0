/// A parser that is fuzzed. The same function runs under libFuzzer (`make fuzz`) and, over the kept corpora, as a test.
///
/// Runs: bytes → ``FuzzInput`` → the parser, as the gateway uses it → invariants. A broken invariant is thrown, a trap ends the
/// process: both are findings.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// What a camera says: messages, their headers, frames between them; the client's answers.
    case messages
    /// Session descriptions, parameter sets, control URLs.
    case descriptions
    /// RTP packets of H.264 and H.265, and what becomes of them; RTCP.
    case payloads
    /// What a player says to the gateway's RTSP server.
    case requests

    func run(_ bytes: [UInt8]) throws(BrokenInvariant) {
        var input = FuzzInput(bytes)
        switch self {
        case .messages: try MessageFuzz.run(&input)
        case .descriptions: try DescriptionFuzz.run(&input)
        case .payloads: try PayloadFuzz.run(&input)
        case .requests: try RequestFuzz.run(&input)
        }
    }
}

/// What must hold for every input, and did not.
struct BrokenInvariant: Error, CustomStringConvertible {
    let description: String
}

func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(BrokenInvariant) {
    guard condition else { throw BrokenInvariant(description: what()) }
}
