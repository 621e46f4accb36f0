import Foundation
import GatewayCore

/// Slows down guessing, per account and per peer. Pure: it is told the time.
///
/// An attempt counts as failed from the moment it begins, so that a hundred at once get no further than one after the
/// other; ``succeeded(account:peer:)`` takes it back. A refused attempt does not count: the wait never grows by waiting
/// badly. It delays, it never locks: who guesses at an account cannot keep its owner out for longer than the ceiling.
package struct SignInThrottle: Sendable {
    package struct Rule: Sendable {
        /// Failures before the first delay.
        package let free: Int
        /// Longest delay; the first is one second, each next twice as long.
        package let ceiling: Duration

        package init(free: Int, ceiling: Duration) {
            self.free = free
            self.ceiling = ceiling
        }
    }

    /// After so long without an attempt, past failures are forgotten.
    package static let memory: Duration = .seconds(15 * 60)
    package static let entryLimit = 10_000

    private struct Entry {
        var failures = 0
        var lastAt: Date
        var blockedUntil = Date.distantPast
    }

    private let accountRule: Rule
    private let peerRule: Rule
    private var accounts: [String: Entry] = [:]
    private var peers: [String: Entry] = [:]

    package init(
        account: Rule = Rule(free: 5, ceiling: .seconds(300)), peer: Rule = Rule(free: 20, ceiling: .seconds(60))
    ) {
        accountRule = account
        peerRule = peer
    }

    package var entryCount: Int { accounts.count + peers.count }

    /// Begins an attempt; `nil` if it may go on, or how long to wait, in whole seconds from 1.
    package mutating func begin(account: String, peer: String, at date: Date) -> Duration? {
        let blockedUntil = max(
            accounts[account]?.blockedUntil ?? .distantPast, peers[peer]?.blockedUntil ?? .distantPast)
        if blockedUntil > date {
            return .seconds(Int(min(blockedUntil.timeIntervalSince(date), 3_600).rounded(.up)))
        }
        Self.count(account, in: &accounts, by: accountRule, at: date)
        Self.count(peer, in: &peers, by: peerRule, at: date)
        return nil
    }

    /// The attempt was the right person.
    package mutating func succeeded(account: String, peer: String) {
        accounts[account] = nil
        guard var entry = peers[peer] else { return }
        entry.failures -= 1
        entry.blockedUntil = .distantPast
        peers[peer] = entry.failures > 0 ? entry : nil
    }

    private static func count(_ key: String, in entries: inout [String: Entry], by rule: Rule, at date: Date) {
        if entries[key] == nil, entries.count >= entryLimit { makeRoom(in: &entries, at: date) }
        var entry = entries[key] ?? Entry(lastAt: date)
        if date.timeIntervalSince(entry.lastAt) > memory.timeInterval { entry.failures = 0 }
        entry.failures += 1
        entry.lastAt = date
        if entry.failures >= rule.free {
            let delay = min(pow(2, Double(min(entry.failures - rule.free, 30))), rule.ceiling.timeInterval)
            entry.blockedUntil = date + delay
        }
        entries[key] = entry
    }

    private static func makeRoom(in entries: inout [String: Entry], at date: Date) {
        entries = entries.filter { date.timeIntervalSince($0.value.lastAt) <= memory.timeInterval }
        guard entries.count >= entryLimit, let oldest = entries.min(by: { $0.value.lastAt < $1.value.lastAt }) else { return }
        entries[oldest.key] = nil
    }
}
