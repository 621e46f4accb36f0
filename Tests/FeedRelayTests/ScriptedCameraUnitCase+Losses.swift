import GatewayCore
import NIOCore
import RTSP

@testable import FeedRelay

extension UnitCase {
    /// What is lost, doubled or too much.
    static let losses: [UnitCase] = [
        UnitCase(
            "loss inside a key picture: no viewer begins with it",
            {
                for (index, payload) in Unit.fragments(Unit.idr(1, 100)).enumerated() {
                    if index == 2 { $0.lose(1) } else { $0.packet(payload, marker: payload[1] & 0x40 != 0) }
                }
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.p(2))
                $0.picture(Unit.idr(3))
            },
            [
                .other(Unit.sps, Unit.pps, Array(Unit.idr(1, 100).dropFirst(61))), .other(Unit.p(2)),
                .key(Unit.sps, Unit.pps, Unit.idr(3)),
            ],
            check: { assembler, _ in assembler.lostPackets == 1 }),
        UnitCase(
            "loss of a slice in a key picture",
            {
                $0.packet(Unit.idr())
                $0.lose(1)
                $0.picture(Unit.furtherIDR(3))
            }, [.other(Unit.sps, Unit.pps, Unit.idr(), Unit.furtherIDR(3))],
            check: { assembler, _ in assembler.damagedKeyUnits == 1 }),
        UnitCase(
            "loss between pictures harms no key picture",
            {
                $0.picture(Unit.idr())
                $0.lose(3)
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.idr(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .key(Unit.sps, Unit.pps, Unit.idr(2))],
            check: { assembler, units in
                let numbers = units.flatMap { AccessUnitAssemblerTests.packets(of: $0).map(\.header.sequence) }
                return assembler.lostPackets == 3 && numbers == [65_530, 65_531, 65_535, 0]
            }),
        UnitCase(
            "a doubled packet",
            {
                $0.packet(Unit.idr(), marker: true)
                $0.again()
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "packets without payload cost no sequence number",
            {
                $0.packet([])
                $0.picture(Unit.idr())
                $0.packet([])
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))],
            check: { assembler, _ in assembler.lostPackets == 0 && assembler.malformedPackets == 2 }),
        UnitCase(
            "payloads of kinds that are not carried",
            {
                $0.picture(Unit.idr())
                for type: UInt8 in [0, 25, 26, 27, 29, 30, 31] { $0.packet([0x60 | type, 1, 2, 3]) }
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))],
            check: { assembler, _ in assembler.malformedPackets == 7 && assembler.lostPackets == 0 }),
        UnitCase(
            "bytes that are no RTP",
            {
                $0.raw([])
                $0.raw([0x80])
                $0.raw([0x40] + Unit.body(1, 40))
                $0.raw([0x9F, 0x80, 0, 1] + Unit.body(2, 8))
                $0.picture(Unit.idr())
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "a unit above the bound, and what depends on it, up to the next key picture",
            {
                $0.picture(Unit.idr())
                for index in 0..<90 { $0.packet([0x7C, index == 0 ? 0x85 : 0x05] + [UInt8](repeating: 7, count: 60_000)) }
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.p(2))
                $0.picture(Unit.p(3))
                $0.picture(Unit.idr(4))
                $0.picture(Unit.p(5))
            },
            [.key(Unit.sps, Unit.pps, Unit.idr()), .key(Unit.sps, Unit.pps, Unit.idr(4)), .other(Unit.p(5))],
            check: { assembler, _ in assembler.oversizedUnits == 1 && assembler.memory.capacity <= UnitMemory.slabBytes }),
        UnitCase(
            "fragments of a run without end, as the first picture",
            {
                for index in 0..<90 { $0.packet([0x7C, index == 0 ? 0x87 : 0x07] + [UInt8](repeating: 7, count: 60_000)) }
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.idr(4))
            }, [.key(Unit.sps, Unit.pps, Unit.idr(4))], check: { assembler, _ in assembler.oversizedUnits == 1 }),
        UnitCase(
            "another sender in the middle of the session",
            {
                $0.picture(Unit.idr())
                $0.maker.ssrc = 0xBEEF
                $0.maker.sequence = 9
                $0.maker.timestamp = 5
                $0.picture(Unit.idr(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .key(Unit.sps, Unit.pps, Unit.idr(2))],
            check: { assembler, units in assembler.lostPackets == 0 && units[1].mediaTime.ticks == 3_600 }),
        UnitCase(
            "sequence numbers begin anew",
            {
                $0.picture(Unit.idr())
                $0.maker.sequence = 20_000
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))], check: { assembler, _ in assembler.lostPackets == 0 }),
    ]
}
