import GatewayCore

/// Which transport a client asks for, and which one next when that does not work. Pure.
struct TransportPlan: Hashable {
    /// Why a transport was given up.
    enum Symptom: Hashable {
        /// Status 461, or one that says as much.
        case refused(status: Int)
        /// The answer to SETUP names another transport than asked for, and one that is of no use.
        case otherAnswered
        /// The camera agreed to play and nothing came.
        case silence
        /// No port of ours was free.
        case noPorts
    }

    struct Failure: Hashable {
        let transport: PacketTransport
        let symptom: Symptom
    }

    private(set) var current: PacketTransport
    private(set) var failures: [Failure] = []
    private var rest: [PacketTransport]

    /// - Parameters:
    ///   - last: what worked last; with `automatic` it is tried first.
    ///   - isSecure: the packets of an encrypted session do not leave its connection.
    init(_ choice: TransportChoice, last: PacketTransport? = nil, isSecure: Bool = false) {
        var order: [PacketTransport] =
            switch choice {
            case .automatic: last == .udp ? [.udp, .tcp] : [.tcp, .udp]
            case .tcp: [.tcp]
            case .udp: [.udp, .tcp]
            case .http: [.http]
            }
        if isSecure { order.removeAll { $0 == .udp } }
        current = order.first ?? .tcp
        rest = Array(order.dropFirst())
    }

    var hasAlternative: Bool { !rest.isEmpty }

    /// Goes on to the next transport; `false` if there is none.
    mutating func giveUp(_ symptom: Symptom) -> Bool {
        guard !rest.isEmpty else { return false }
        failures.append(Failure(transport: current, symptom: symptom))
        current = rest.removeFirst()
        return true
    }

    /// The time for a beginning is over: nothing else is tried.
    mutating func exhaust() { rest.removeAll() }

    /// How long the first packet is waited for while another transport is left to try. A datagram that a firewall drops never
    /// comes; a camera that is slow to begin on its connection is met.
    func patience(_ whole: Duration) -> Duration {
        guard hasAlternative else { return whole }
        return min(whole, current == .udp ? .seconds(3) : .seconds(4))
    }

    /// What was tried before the present transport, for the end of an error's message; empty where nothing was.
    var history: String {
        guard !failures.isEmpty else { return "" }
        let parts = failures.map { failure in
            switch failure.symptom {
            case .refused(let status): "over \(failure.transport.name) before: status \(status)"
            case .otherAnswered: "over \(failure.transport.name) before: it answered with another transport"
            case .silence where failure.transport == .udp: "over UDP before: no datagram came, a firewall may drop them"
            case .silence: "over \(failure.transport.name) before: it agreed to play and sent nothing"
            case .noPorts: "over \(failure.transport.name) before: no pair of ports was free here"
            }
        }
        return " (\(parts.joined(separator: "; ")))"
    }
}
