/// Exponential back-off with full jitter between half and whole of the step: 1, 2, 4 … s up to `ceiling`.
///
/// Pure: it knows no clock. The caller waits for what ``next(using:)`` says and calls ``reset()`` after a success.
package struct BackOff: Sendable {
    package let initial: Duration
    package let ceiling: Duration
    package private(set) var failures = 0

    package init(initial: Duration = .seconds(1), ceiling: Duration = .seconds(60)) {
        self.initial = initial
        self.ceiling = ceiling
    }

    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        var step = initial
        for _ in 0..<min(failures, 30) where step < ceiling { step *= 2 }
        if step > ceiling { step = ceiling }
        failures += 1
        return step / 2 + (step / 2) * Double.random(in: 0...1, using: &generator)
    }

    package mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    package mutating func reset() { failures = 0 }
}
