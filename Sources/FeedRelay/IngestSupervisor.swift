import GatewayCore
import NIOCore

/// When a feed connects, retries and closes, as a state machine without clock or socket.
///
/// A feed that something needs is connected; one that fails is retried with jittered back-off, at once when a new need
/// is urgent (an incident links the point); one that nothing needs closes after an idle time. A camera that refuses the
/// password is asked once more after the longest back-off, and then only each ``lockPause``: five to seven wrong answers in
/// half an hour lock an account on many makes, for everybody. New credentials are tried at once.
struct IngestSupervisor {
    enum State: Equatable {
        case idle
        case connecting
        case live
        case backingOff(until: NIODeadline, FeedFailure)
    }

    enum Action: Equatable {
        case none
        case connect
        case disconnect
        /// Call ``retryDue(now:)`` at that time.
        case retry(at: NIODeadline)
    }

    private(set) var state = State.idle
    private(set) var reconnects = 0
    private var isNeeded = false
    /// Whether demand was there at the last word about it.
    var wasNeeded: Bool { isNeeded }
    private var unneededSince: NIODeadline?
    /// Refused passwords, one after the other.
    private var refusals = 0
    /// Since when the connection flows, as far as ``tick(now:)`` knows.
    private var liveSince: NIODeadline?
    private var backOff = BackOff(initial: .seconds(1), ceiling: .seconds(60))
    private let idleTime: TimeAmount

    static let lockPause: Duration = .seconds(15 * 60)
    /// A connection that lasted as long was a good one: the next failure is the first. Cameras are met that die of each key
    /// picture.
    static let steadyTime: TimeAmount = .seconds(10)

    init(idleTime: TimeAmount) { self.idleTime = idleTime }

    mutating func needed(isUrgent: Bool) -> Action {
        isNeeded = true
        unneededSince = nil
        switch state {
        case .idle:
            state = .connecting
            return .connect
        case .backingOff(_, let failure) where isUrgent && failure.outcome != .unauthorized:
            backOff.reset()
            state = .connecting
            return .connect
        case .backingOff, .connecting, .live:
            return .none
        }
    }

    /// - Parameter isAtOnce: nothing but a probe had needed it: no idle time, or a round of probes would hold every camera.
    mutating func unneeded(now: NIODeadline, isAtOnce: Bool = false) -> Action {
        isNeeded = false
        if isAtOnce, state == .connecting || state == .live {
            unneededSince = nil
            state = .idle
            return .disconnect
        }
        unneededSince = now
        if case .backingOff = state {
            state = .idle
            backOff.reset()
        }
        return .none
    }

    /// The first access unit of a connection came.
    mutating func flowing() {
        guard state == .connecting else { return }
        state = .live
        liveSince = nil
        refusals = 0
    }

    /// - Parameter isHopeless: asking again soon would end the same way (a wrong password, a refused redirect): the next
    ///   attempt comes after the longest pause.
    mutating func closed(
        _ failure: FeedFailure, isHopeless: Bool = false, now: NIODeadline, using generator: inout some RandomNumberGenerator
    ) -> Action {
        if case .backingOff(let until, _) = state {
            // The source changed meanwhile: what failed before says nothing of it.
            refusals = 0
            state = .backingOff(until: until, failure)
        }
        guard state == .connecting || state == .live else { return .none }
        guard isNeeded else {
            state = .idle
            return .none
        }
        reconnects += 1
        let until = now + TimeAmount(pause(after: failure, isHopeless: isHopeless, using: &generator))
        state = .backingOff(until: until, failure)
        return .retry(at: until)
    }

    private mutating func pause(
        after failure: FeedFailure, isHopeless: Bool, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        refusals = failure.outcome == .unauthorized ? refusals + 1 : 0
        if refusals > 1 { return Self.lockPause }
        if isHopeless || refusals > 0 { return backOff.ceiling }
        // What a camera asks for is a lower bound, and no longer than our own longest pause.
        return max(backOff.next(using: &generator), min(failure.retryAfter ?? .zero, backOff.ceiling))
    }

    mutating func retryDue(now: NIODeadline) -> Action {
        guard case .backingOff(let until, _) = state, now >= until else { return .none }
        guard isNeeded else {
            state = .idle
            return .none
        }
        state = .connecting
        return .connect
    }

    /// Called about once a second.
    mutating func tick(now: NIODeadline) -> Action {
        if state == .live {
            let since = liveSince ?? now
            liveSince = since
            if now - since >= Self.steadyTime { backOff.reset() }
        }
        guard let since = unneededSince, !isNeeded, now - since >= idleTime, state != .idle else { return .none }
        unneededSince = nil
        state = .idle
        return .disconnect
    }
}
