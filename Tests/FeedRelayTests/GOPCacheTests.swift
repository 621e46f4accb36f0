import GatewayCore
import NIOCore
import Testing

@testable import FeedRelay

@Suite struct GOPCacheTests {
    private func unit(_ size: Int, key: Bool, at ticks: Int64) -> AccessUnit {
        AccessUnit(
            frames: ByteBuffer(repeating: 0, count: size), mediaTime: MediaTime(ticks: ticks), arrival: .now(), isKey: key,
            firstSequence: 0, timestamp: 0)
    }

    @Test func beginsWithAKeyPictureAndHoldsOneGOP() {
        var cache = GOPCache(byteLimit: 1_000)
        cache.append(unit(10, key: false, at: 0))
        #expect(cache.units.isEmpty)
        cache.append(unit(10, key: true, at: 100))
        cache.append(unit(20, key: false, at: 200))
        #expect(cache.byteCount == 30)
        cache.append(unit(5, key: true, at: 300))
        #expect(cache.units.count == 1)
        #expect(cache.byteCount == 5)
        #expect(cache.gopLength == MediaTime(ticks: 200))
    }

    @Test("a GOP beyond the bound is forgotten whole, never in part")
    func forgetsAGOPThatIsTooLarge() {
        var cache = GOPCache(byteLimit: 100)
        cache.append(unit(60, key: true, at: 0))
        cache.append(unit(60, key: false, at: 1))
        #expect(cache.units.isEmpty)
        cache.append(unit(10, key: false, at: 2))
        #expect(cache.units.isEmpty)
        cache.append(unit(10, key: true, at: 3))
        #expect(cache.units.count == 1)
    }
}
