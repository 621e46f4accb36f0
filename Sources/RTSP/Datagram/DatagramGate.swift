import NIOCore

/// Whose datagrams are taken at one of our ports: the sender's, and of its ports one at a time. Pure.
///
/// Several cameras behind one router share an address, and one of them may still send to a port that was ours in an
/// earlier session. So the port that the camera announced is the only one while it sends. Cameras that send from another
/// than they announced, and routers that forget a mapping, are followed after ``patience``.
///
/// A publisher sits behind a router as a rule, which sends from a port of its own choice: where the port is to be learned,
/// the first datagram tells it, unless one comes from the announced port later. Nothing of another address is ever taken.
struct DatagramGate: Hashable {
    /// Silence after which another port of the same address is believed.
    static let patience: TimeAmount = .seconds(1)

    let host: HostAddress
    /// The port that counts now; `nil` until the first datagram where none was announced.
    private(set) var port: UInt16?
    private(set) var rejected = 0
    private var lastAdmitted: NIODeadline
    private let announced: UInt16?
    private let learnsPort: Bool
    private var isUnheard = true

    init(host: HostAddress, announced: UInt16?, learnsPort: Bool = false, now: NIODeadline) {
        self.host = host
        self.announced = announced
        self.learnsPort = learnsPort
        port = announced
        lastAdmitted = now
    }

    mutating func admits(_ host: HostAddress, port: UInt16, now: NIODeadline) -> Bool {
        if host == self.host {
            if port != self.port {
                let isLearned = learnsPort && (isUnheard || port == announced)
                guard self.port == nil || isLearned || now - lastAdmitted >= Self.patience else { return reject() }
                self.port = port
            }
            isUnheard = false
            lastAdmitted = now
            return true
        }
        return reject()
    }

    private mutating func reject() -> Bool {
        rejected &+= 1
        return false
    }
}
