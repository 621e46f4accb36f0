import Synchronization

/// Answers counted by class of status, for `/metrics`.
///
/// ## Concurrency model
/// Any task; atomics, no order between them.
final class RequestCounters: Sendable {
    private let informational = Atomic<Int>(0)
    private let successful = Atomic<Int>(0)
    private let redirected = Atomic<Int>(0)
    private let refused = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)

    func count(status: Int) {
        switch status / 100 {
        case 1: informational.add(1, ordering: .relaxed)
        case 2: successful.add(1, ordering: .relaxed)
        case 3: redirected.add(1, ordering: .relaxed)
        case 4: refused.add(1, ordering: .relaxed)
        default: failed.add(1, ordering: .relaxed)
        }
    }

    /// By label `2xx` and so on.
    var byClass: [(label: String, count: Int)] {
        [
            ("1xx", informational.load(ordering: .relaxed)), ("2xx", successful.load(ordering: .relaxed)),
            ("3xx", redirected.load(ordering: .relaxed)), ("4xx", refused.load(ordering: .relaxed)),
            ("5xx", failed.load(ordering: .relaxed)),
        ]
    }
}
