import GatewayCore
import NIOCore
import RTSP

@testable import FeedRelay

extension UnitCase {
    private static func ticks(_ units: [AccessUnit]) -> [Int64] { units.map(\.mediaTime.ticks) }
    private static func pictures(_ count: UInt8) -> [Expected] {
        (1...count).map { $0 == 1 ? .key(Unit.sps, Unit.pps, Unit.idr()) : .other(Unit.p($0)) }
    }

    /// What timestamps do.
    static let times: [UnitCase] = [
        UnitCase(
            "timestamp and sequence wrap",
            {
                for seed: UInt8 in 1...9 { $0.picture(seed == 1 ? Unit.idr() : Unit.p(seed)) }
            }, pictures(9),
            check: { assembler, units in ticks(units) == (0..<9).map { $0 * 3_600 } && assembler.timeline.rebases == 0 }),
        UnitCase(
            "timestamps that stand still: time goes on by arrival",
            {
                for seed: UInt8 in 1...9 { $0.picture(seed == 1 ? Unit.idr() : Unit.p(seed), ticks: seed < 6 ? 0 : 3_600) }
            }, pictures(9),
            check: { assembler, units in ticks(units) == (0..<9).map { $0 * 3_600 } && !assembler.isReordered }),
        UnitCase(
            "a stall that the camera makes up for",
            {
                $0.picture(Unit.idr(), ticks: 0)
                $0.picture(Unit.p(2), ticks: 7_200)
                $0.picture(Unit.p(3))
            }, pictures(3),
            check: { assembler, units in ticks(units) == [0, 3_600, 7_200] && assembler.timeline.rebases == 0 }),
        UnitCase(
            "the camera's clock is set an hour ahead",
            {
                $0.picture(Unit.idr(), ticks: 324_000_000)
                $0.picture(Unit.p(2))
                $0.picture(Unit.p(3))
            }, pictures(3),
            check: { assembler, units in ticks(units) == [0, 3_600, 7_200] && assembler.timeline.rebases == 1 }),
        UnitCase(
            "the camera's clock is set an hour back",
            {
                $0.picture(Unit.idr(), ticks: -324_000_000)
                $0.picture(Unit.p(2))
            }, pictures(2),
            check: { assembler, units in ticks(units) == [0, 3_600] && assembler.timeline.rebases == 1 && !assembler.isReordered }),
        UnitCase(
            "one damaged timestamp, half a second ahead",
            {
                $0.picture(Unit.idr())
                $0.picture(Unit.p(2), ticks: 45_000)
                $0.picture(Unit.p(3), ticks: -41_400)
                $0.picture(Unit.p(4))
            }, pictures(4),
            check: { assembler, units in
                let times = ticks(units)
                return zip(times, times.dropFirst()).allSatisfy(<) && !assembler.isReordered
            }),
        UnitCase(
            "a burst after the network stood still",
            {
                for seed: UInt8 in 1...20 { $0.picture(seed == 1 ? Unit.idr() : Unit.p(seed), milliseconds: seed == 5 ? 800 : 0) }
            }, pictures(20),
            check: { assembler, units in ticks(units) == (0..<20).map { $0 * 3_600 } && assembler.timeline.rebases == 0 }),
        UnitCase(
            "an RTP header with sources, extension and padding",
            {
                let payload = Unit.idr()
                $0.raw(
                    [0xB1, 0xE6, 0, 1, 0, 0, 0, 9, 0, 0, 0xCA, 0xFE, 1, 2, 3, 4, 0xBE, 0xDE, 0, 1, 9, 9, 9, 9] + payload + [
                        0, 0, 3,
                    ])
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "the padding bit and no padding",
            { $0.raw([0xA0, 0xE6, 0, 1, 0, 0, 0, 9, 0, 0, 0xCA, 0xFE] + Unit.idr() + [0]) },
            [.key(Unit.sps, Unit.pps, Unit.idr() + [0])]),
    ]
}
