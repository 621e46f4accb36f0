import Foundation

/// The gateway's wall clock, injected so that tests hold it still.
package struct WallClock: Sendable {
    private let read: @Sendable () -> Date

    package init(_ read: @escaping @Sendable () -> Date) { self.read = read }
    package static let system = WallClock { Date() }
    package func now() -> Date { read() }
}
