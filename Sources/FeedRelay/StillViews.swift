import GatewayCore
import NIOConcurrencyHelpers
import NIOCore

/// Makes one view of the stills that one ticket asks for: a cell that shows a still each second is one row in the
/// register with its beginning and its end, not two rows a second.
///
/// ## Concurrency model
/// Called on event loops; a lock guards the table. Stills are no packet path.
package final class StillViews: Sendable {
    /// Without another still for this long the view is over.
    private let pause: TimeAmount
    private let open = NIOLockedValueBox<[String: View]>([:])

    private struct View {
        let grant: ViewGrant
        var bytes: Int64 = 0
        var lastAt: NIODeadline
    }

    package init(pause: TimeAmount = .seconds(5)) { self.pause = pause }

    /// The view that this admitted request belongs to; begins it at the gate if it is the first of its ticket.
    func join(_ ticket: String, grant: ViewGrant, peer: String, gate: any ViewerGate, on eventLoop: any EventLoop) -> ViewGrant {
        let now = NIODeadline.now()
        let (view, isNew) = open.withLockedValue { open -> (View, Bool) in
            if var view = open[ticket] {
                view.lastAt = now
                open[ticket] = view
                return (view, false)
            }
            let view = View(grant: grant, lastAt: now)
            open[ticket] = view
            return (view, true)
        }
        if isNew {
            gate.viewStarted(view.grant, medium: .snapshot, peer: peer)
            watch(ticket, gate: gate, on: eventLoop)
        }
        return view.grant
    }

    func sent(_ bytes: Int, for ticket: String) {
        open.withLockedValue { $0[ticket]?.bytes += Int64(bytes) }
    }

    private func watch(_ ticket: String, gate: any ViewerGate, on eventLoop: any EventLoop) {
        eventLoop.scheduleTask(in: pause) {
            let ended = self.open.withLockedValue { open -> View? in
                guard let view = open[ticket], NIODeadline.now() - view.lastAt >= self.pause else { return nil }
                open[ticket] = nil
                return view
            }
            if let ended {
                gate.viewEnded(ended.grant, bytes: ended.bytes, reason: .left)
            } else {
                self.watch(ticket, gate: gate, on: eventLoop)
            }
        }
    }
}
