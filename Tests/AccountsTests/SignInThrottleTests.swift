import Foundation
import GatewayCore
import Testing

@testable import Accounts

@Suite struct SignInThrottleTests {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func theFifthFailureDelaysAndEachNextDoublesIt() {
        var throttle = SignInThrottle()
        var now = start
        for _ in 0..<5 { #expect(throttle.begin(account: "a", peer: "p", at: now) == nil) }
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            #expect(throttle.begin(account: "a", peer: "q\(delay)", at: now) == .seconds(delay))
            now += Double(delay) - 0.5
            #expect(throttle.begin(account: "a", peer: "q\(delay)", at: now) == .seconds(1))
            now += 0.5
            #expect(throttle.begin(account: "a", peer: "q\(delay)", at: now) == nil)
        }
    }

    @Test func waitingBadlyDoesNotMakeItLonger() {
        var throttle = SignInThrottle()
        for _ in 0..<5 { _ = throttle.begin(account: "a", peer: "p", at: start) }
        for _ in 0..<100 { #expect(throttle.begin(account: "a", peer: "p", at: start) == .seconds(1)) }
        #expect(throttle.begin(account: "a", peer: "p", at: start + 1) == nil)
    }

    @Test func anotherAccountOfTheSamePeerGoesOnUntilThePeerItselfIsSlowed() {
        var throttle = SignInThrottle()
        for _ in 0..<5 { _ = throttle.begin(account: "a", peer: "p", at: start) }
        for number in 0..<15 { #expect(throttle.begin(account: "b\(number)", peer: "p", at: start) == nil) }
        #expect(throttle.begin(account: "c", peer: "p", at: start) == .seconds(1))
        #expect(throttle.begin(account: "c", peer: "other", at: start) == nil)
    }

    @Test func successTakesTheAttemptBack() {
        var throttle = SignInThrottle()
        for _ in 0..<200 {
            #expect(throttle.begin(account: "a", peer: "p", at: start) == nil)
            throttle.succeeded(account: "a", peer: "p")
        }
        #expect(throttle.entryCount == 0)
        for _ in 0..<4 { _ = throttle.begin(account: "a", peer: "p", at: start) }
        throttle.succeeded(account: "a", peer: "p")
        for _ in 0..<5 { #expect(throttle.begin(account: "a", peer: "q", at: start) == nil) }
    }

    @Test func anHourOfQuietIsForgiven() {
        var throttle = SignInThrottle()
        for _ in 0..<5 { _ = throttle.begin(account: "a", peer: "p", at: start) }
        for _ in 0..<4 { #expect(throttle.begin(account: "a", peer: "p", at: start + 3_600) == nil) }
    }

    @Test func namesAreNotRememberedWithoutBound() {
        var throttle = SignInThrottle()
        for number in 0..<(SignInThrottle.entryLimit + 50) {
            _ = throttle.begin(account: "a\(number)", peer: "p\(number)", at: start + Double(number) / 1_000)
        }
        #expect(throttle.entryCount == 2 * SignInThrottle.entryLimit)
    }
}
