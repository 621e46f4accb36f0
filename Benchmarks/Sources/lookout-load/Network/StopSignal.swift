import CLoad
import Glibc

/// SIGINT, SIGTERM, and the end of a pipe on standard input (who started this process is gone), as descriptors of a poll.
struct StopSignal {
    private let signals: Int32
    private let watchesInput: Bool

    init(_ poll: EventPoll) throws {
        signals = load_stop_descriptor()
        guard signals >= 0 else { throw LoadError.system("signalfd") }
        try poll.add(signals)
        var input = stat()
        watchesInput = fstat(0, &input) == 0 && input.st_mode & S_IFMT == S_IFIFO
        if watchesInput { try poll.add(0) }
    }

    /// Whether the event says that this process is to end.
    func isStop(_ event: EventPoll.Event) -> Bool {
        if event.descriptor == signals { return true }
        guard watchesInput, event.descriptor == 0 else { return false }
        var byte: UInt8 = 0
        return read(0, &byte, 1) == 0
    }
}
