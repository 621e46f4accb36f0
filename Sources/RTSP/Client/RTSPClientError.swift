import GatewayCore

/// How far a client had come.
package enum RTSPClientPhase: String, Sendable, Hashable {
    case connect, options, describe, setup, play, firstPacket, streaming, teardown
}

/// Why a client closed. Safe to show: no credential and nothing that the camera wrote.
package struct RTSPClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What the caller may do about it.
    package enum Advice: Hashable, Sendable {
        /// Try again after a back-off, and not before `after` where the camera named a time.
        case retry(after: Duration?)
        /// Trying again does harm or no good until somebody changes something: cameras lock accounts after a few wrong
        /// passwords.
        case giveUp
        /// The caller itself closed the client.
        case cancelled
    }

    package let phase: RTSPClientPhase
    /// Of no meaning where ``advice`` is `cancelled`.
    package let outcome: ProbeOutcome
    package let message: String
    package let advice: Advice

    package init(phase: RTSPClientPhase, outcome: ProbeOutcome, message: String, advice: Advice = .retry(after: nil)) {
        self.phase = phase
        self.outcome = outcome
        self.message = message
        self.advice = advice
    }

    package static func cancelled(in phase: RTSPClientPhase) -> RTSPClientError {
        RTSPClientError(phase: phase, outcome: .timeout, message: "closed by the gateway", advice: .cancelled)
    }

    package var isCancelled: Bool { advice == .cancelled }

    package var description: String { "\(outcome.rawValue) (\(phase.rawValue)): \(message)" }
}
