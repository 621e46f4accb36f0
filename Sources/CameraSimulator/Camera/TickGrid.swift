import NIOCore

/// The one timer of a simulator: while any player plays it ticks 125 times a second and lets those send that are due.
/// Without players there is no timer.
///
/// ## Concurrency model
/// Confined to `eventLoop`.
final class TickGrid {
    static let step = TimeAmount.milliseconds(8)

    let eventLoop: any EventLoop
    private var players: [ObjectIdentifier: ClipPlayer] = [:]
    private var timer: RepeatedTask?

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func add(_ player: ClipPlayer) {
        eventLoop.preconditionInEventLoop()
        players[ObjectIdentifier(player)] = player
        guard timer == nil else { return }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        timer = eventLoop.scheduleRepeatedTask(initialDelay: Self.step, delay: Self.step) { _ in bound.value.tick() }
    }

    func remove(_ player: ClipPlayer) {
        players[ObjectIdentifier(player)] = nil
        guard players.isEmpty else { return }
        timer?.cancel()
        timer = nil
    }

    var isTicking: Bool { timer != nil }

    private func tick() {
        let now = NIODeadline.now()
        for player in players.values { player.sendDue(at: now) }
    }
}
