import GatewayCore
import NIOCore
import RTSP

@testable import FeedRelay

extension UnitCase {
    /// Where decoding may begin.
    static let beginnings: [UnitCase] = [
        UnitCase(
            "a recovery point is a beginning where there is no IDR",
            {
                $0.picture(Unit.sps, Unit.pps, Unit.recovery, Unit.intra(1))
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.recovery, Unit.intra(1)), .other(Unit.p(2))]),
        UnitCase(
            "a recovery point without parameter sets gets them", { $0.picture(Unit.recovery, Unit.intra(1)) },
            [.key(Unit.recovery, Unit.sps, Unit.pps, Unit.intra(1))]),
        UnitCase(
            "intra refresh: a recovery point some pictures ahead",
            {
                $0.picture(Unit.p(1))
                $0.picture(Unit.sps, Unit.pps, Unit.recoveryAfterTen, Unit.p(2))
            }, [.other(Unit.p(1)), .key(Unit.sps, Unit.pps, Unit.recoveryAfterTen, Unit.p(2))]),
        UnitCase(
            "a recovery point some pictures ahead is none beside IDR pictures",
            {
                $0.picture(Unit.idr())
                $0.picture(Unit.recoveryAfterTen, Unit.p(2))
                $0.picture(Unit.recovery, Unit.intra(3))
            },
            [
                .key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.recoveryAfterTen, Unit.p(2)),
                .key(Unit.recovery, Unit.sps, Unit.pps, Unit.intra(3)),
            ]),
        UnitCase(
            "a recovery point behind other messages, with bytes of emulation prevention",
            { $0.picture(Unit.userDataAndRecovery, Unit.intra(1)) },
            [.key(Unit.userDataAndRecovery, Unit.sps, Unit.pps, Unit.intra(1))]),
        UnitCase(
            "a recovery point in an aggregate", { $0.picture(Unit.aggregate([Unit.sps, Unit.pps, Unit.recovery, Unit.intra(1)])) },
            [.key(Unit.sps, Unit.pps, Unit.recovery, Unit.intra(1))]),
        UnitCase(
            "user data alone is no beginning", { $0.picture(Unit.userData, Unit.p(1)) }, [.other(Unit.userData, Unit.p(1))]),
        UnitCase(
            "messages cut anywhere are no beginning",
            {
                for count in 1..<Unit.recovery.count { $0.picture(Array(Unit.recovery.prefix(count)), Unit.p(1)) }
            },
            (1..<4).map { .other(Array(Unit.recovery.prefix($0)), Unit.p(1)) }
                + [.key(Array(Unit.recovery.prefix(4)), Unit.sps, Unit.pps, Unit.p(1))]),
        UnitCase(
            "no IDR and no message: after patience the picture with a sequence set",
            {
                $0.picture(Unit.sps, Unit.pps, Unit.p(1))
                $0.pass(ticks: 360_000, milliseconds: 4_000)
                $0.picture(Unit.p(2))
                $0.picture(Unit.sps, Unit.pps, Unit.p(3))
            }, [.other(Unit.sps, Unit.pps, Unit.p(1)), .other(Unit.p(2)), .key(Unit.sps, Unit.pps, Unit.p(3))]),
        UnitCase(
            "no IDR, message or set: after patience the picture predicted from no other",
            {
                $0.picture(Unit.intra(1))
                $0.pass(ticks: 360_000, milliseconds: 4_000)
                $0.picture(Unit.p(2))
                $0.picture(Unit.intra(3))
                $0.picture(Unit.intra(4), Unit.further(5))
            },
            [
                .other(Unit.intra(1)), .other(Unit.p(2)), .key(Unit.sps, Unit.pps, Unit.intra(3)),
                .other(Unit.sps, Unit.pps, Unit.intra(4), Unit.further(5)),
            ]),
        UnitCase(
            "with IDR pictures lesser ones are never taken",
            {
                $0.picture(Unit.idr())
                $0.pass(ticks: 900_000, milliseconds: 10_000)
                $0.picture(Unit.sps, Unit.pps, Unit.p(2))
                $0.picture(Unit.intra(3))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.sps, Unit.pps, Unit.p(2)), .other(Unit.intra(3))]),
        UnitCase(
            "H.265: a clean random access picture", codec: .h265, { $0.picture(Unit.h265CRA(1)) },
            [.key(Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265CRA(1))]),
        UnitCase(
            "H.265: a recovery point", codec: .h265, { $0.picture(Unit.h265Recovery, Unit.h265P(1)) },
            [.key(Unit.h265Recovery, Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265P(1))]),
        UnitCase(
            "no parameter sets known: no beginning", declared: [], { $0.picture(Unit.idr()) }, [.other(Unit.idr())]),
    ]
}
