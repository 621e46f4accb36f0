import NIOCore

extension ConnectionDeadline {
    /// What a connection may take its time for. All spans are from the event named, none is extended by a trickle.
    package struct Limits: Sendable {
        /// From the connection's opening to the end of its first request head.
        package var firstHead: TimeAmount = .seconds(10)
        /// From the end of a response to the end of the next request head.
        package var idle: TimeAmount = .seconds(75)
        /// From the end of a request head to the end of its body.
        package var body: TimeAmount = .seconds(30)
        /// How long the peer may leave a full socket unread.
        package var stall: TimeAmount = .seconds(60)
        /// Largest request body on the wire; routes set lower bounds that answer politely, this one closes.
        package var bodyBytes = 16 << 20

        package init() {}
    }

    /// When a connection is closed for slowness, as a pure value: it is told what happened and when.
    ///
    /// A request under `/media/` is answered by a handler that keeps its own deadlines. It has the idle time to answer; when
    /// its response turns out to be an endless one, ``takenOver()`` ends all timing here.
    package struct StateMachine {
        private let limits: Limits
        private var responsesOwed = 0
        private var isReadingBody = false
        private var isMedia = false
        private var bodyBytes = 0
        private var phaseDeadline: NIODeadline?
        private var stallDeadline: NIODeadline?

        package init(limits: Limits) { self.limits = limits }

        /// The next instant at which ``timerFired(at:)`` must be called; `nil` if none.
        package var deadline: NIODeadline? {
            guard let stallDeadline else { return phaseDeadline }
            return phaseDeadline.map { min($0, stallDeadline) } ?? stallDeadline
        }

        package mutating func opened(at now: NIODeadline) { phaseDeadline = now + limits.firstHead }

        package mutating func headRead(path: some StringProtocol, at now: NIODeadline) {
            isMedia = path.hasPrefix("/media/")
            bodyBytes = 0
            if isMedia {
                isReadingBody = false
                phaseDeadline = now + limits.idle
                stallDeadline = nil
            } else {
                responsesOwed += 1
                isReadingBody = true
                phaseDeadline = now + limits.body
            }
        }

        /// Whether the connection must be closed because the body is larger than any route takes.
        package mutating func bodyRead(byteCount: Int) -> Bool {
            guard isReadingBody else { return false }
            let (sum, overflow) = bodyBytes.addingReportingOverflow(byteCount)
            bodyBytes = sum
            return overflow || sum > limits.bodyBytes
        }

        package mutating func endRead(at now: NIODeadline) {
            guard isReadingBody else { return }
            isReadingBody = false
            phaseDeadline = responsesOwed > 0 ? nil : now + limits.idle
        }

        package mutating func responseWritten(at now: NIODeadline) {
            responsesOwed = max(0, responsesOwed - 1)
            guard responsesOwed == 0, !isReadingBody, !isMedia else { return }
            phaseDeadline = now + limits.idle
        }

        package mutating func writabilityChanged(isWritable: Bool, at now: NIODeadline) {
            stallDeadline = isWritable || isMedia ? nil : now + limits.stall
        }

        package mutating func takenOver() {
            isMedia = true
            phaseDeadline = nil
            stallDeadline = nil
        }

        /// Whether the connection must be closed now.
        package func timerFired(at now: NIODeadline) -> Bool { deadline.map { $0 <= now } ?? false }
    }
}
