import GatewayCore
import NIOCore
import RTSP

@testable import FeedRelay

extension UnitCase {
    /// How NAL units lie in packets.
    static let packing: [UnitCase] = [
        UnitCase("one unit a packet", { $0.picture(Unit.sps, Unit.pps, Unit.idr()) }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "everything aggregated", { $0.picture(Unit.aggregate([Unit.sps, Unit.pps, Unit.idr()])) },
            [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "parameter sets missing beside the key picture", { $0.picture(Unit.idr()) }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "the picture set missing beside the sequence set", { $0.picture(Unit.sps, Unit.idr()) },
            [.key(Unit.sps, Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "parameter sets in the stream alone", declared: [], { $0.picture(Unit.sps, Unit.pps, Unit.idr()) },
            [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "the marker on parameter sets",
            {
                $0.packet(Unit.sps, marker: true)
                $0.packet(Unit.pps, marker: true)
                $0.picture(Unit.idr())
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "parameter sets at a time of their own",
            {
                $0.picture(Unit.sps, Unit.pps, ticks: 1, milliseconds: 0)
                $0.picture(Unit.idr())
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "never a marker",
            {
                for seed: UInt8 in 1...3 { $0.picture(seed == 1 ? Unit.idr() : Unit.p(seed), marker: false) }
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))]),
        UnitCase(
            "the marker on every slice",
            {
                for seed: UInt8 in 1...3 {
                    $0.packet(seed == 1 ? Unit.idr() : Unit.p(seed), marker: true)
                    $0.picture(seed == 1 ? Unit.furtherIDR(9) : Unit.further(seed))
                }
            },
            // From the second slice on it is known; the first picture came as two.
            [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.furtherIDR(9)), .other(Unit.p(2), Unit.further(2))]),
        UnitCase(
            "several slices a picture",
            {
                $0.picture(Unit.idr(), Unit.furtherIDR(2))
                $0.picture(Unit.p(3), Unit.further(4))
            }, [.key(Unit.sps, Unit.pps, Unit.idr(), Unit.furtherIDR(2)), .other(Unit.p(3), Unit.further(4))]),
        UnitCase(
            "delimiters and user data stay", { $0.picture(Unit.delimiter, Unit.sps, Unit.pps, Unit.userData, Unit.idr()) },
            [.key(Unit.delimiter, Unit.sps, Unit.pps, Unit.userData, Unit.idr())]),
        UnitCase(
            "fragments",
            {
                for unit in [Unit.idr(1, 200), Unit.p(2, 90)] {
                    for payload in Unit.fragments(unit) { $0.packet(payload, marker: payload[1] & 0x40 != 0) }
                    $0.pass(ticks: 3_600, milliseconds: 40)
                }
            }, [.key(Unit.sps, Unit.pps, Unit.idr(1, 200)), .other(Unit.p(2, 90))]),
        UnitCase(
            "start and end in one fragment",
            {
                $0.picture(Unit.fragments(Unit.idr(), 500)[0])
                $0.picture(Unit.fragments(Unit.p(2), 500)[0])
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))]),
        UnitCase(
            "empty fragments in the middle",
            {
                for payload in Unit.fragments(Unit.idr()) {
                    $0.packet(payload)
                    if payload[1] & 0x40 == 0 { $0.packet([0x7C, 0x05]) }
                }
                $0.pass(ticks: 3_600, milliseconds: 40)
                for payload in Unit.fragments(Unit.p(2)) {
                    $0.packet(payload, marker: payload[1] & 0x40 != 0)
                    if payload[1] & 0x40 == 0 { $0.packet([0x5C, 0x01]) }
                }
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))]),
        UnitCase(
            "an empty fragment at the start and at the end",
            {
                let unit = Unit.idr()
                $0.picture([0x7C, 0x85], [0x7C, 0x05] + unit.dropFirst(), [0x7C, 0x45])
            }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "a fragment that is cut to nothing",
            {
                $0.picture(Unit.idr())
                $0.packet([0x7C])
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))], check: { assembler, _ in assembler.lostPackets == 0 }),
        UnitCase(
            "parameter sets and key picture in one packet with start codes, the first without", declared: [],
            { $0.picture(Unit.byteStream([Unit.sps, Unit.pps, Unit.idr()], leading: false)) },
            [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "parameter sets and key picture in one packet, all behind start codes", declared: [],
            { $0.picture(Unit.byteStream([Unit.sps, Unit.pps, Unit.idr()])) }, [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "start codes of three bytes and zeros at ends", declared: [],
            { $0.picture(Unit.sps + [0, 0, 0, 0, 1] + Unit.pps + [0, 0, 1] + Unit.idr() + [0, 0, 0]) },
            [.key(Unit.sps, Unit.pps, Unit.idr())]),
        UnitCase(
            "a start code before every unit",
            {
                $0.picture(Unit.byteStream([Unit.sps]), Unit.byteStream([Unit.pps]), Unit.byteStream([Unit.idr()]))
                $0.picture(Unit.byteStream([Unit.p(2)]))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2))]),
        UnitCase(
            "several units in one run of fragments", declared: [],
            {
                // As V380 cameras do: the header of every fragment names the parameter set.
                for payload in Unit.fragments(Unit.byteStream([Unit.sps, Unit.pps, Unit.idr(1, 5_000)], leading: false), 900) {
                    $0.packet(payload, marker: payload[1] & 0x40 != 0)
                }
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.p(2))
            }, [.key(Unit.sps, Unit.pps, Unit.idr(1, 5_000)), .other(Unit.p(2))],
            check: { assembler, units in
                assembler.unpackedUnits == 3
                    && AccessUnitAssemblerTests.packets(of: units[0]).allSatisfy { $0.payload.count <= 1_400 }
            }),
        UnitCase(
            "a start code that straddles fragments", declared: [],
            {
                let bytes = Unit.byteStream([Unit.sps, Unit.pps, Unit.idr()], leading: false)
                for size in [Unit.sps.count, Unit.sps.count + 1, Unit.sps.count + 2] {
                    for payload in Unit.fragments(bytes, size) { $0.packet(payload, marker: payload[1] & 0x40 != 0) }
                    $0.pass(ticks: 3_600, milliseconds: 40)
                }
            }, (0..<3).map { _ in .key(Unit.sps, Unit.pps, Unit.idr()) }),
        UnitCase(
            "several slices with start codes in one run of fragments",
            {
                for bytes in [[Unit.idr(), Unit.furtherIDR(2)], [Unit.p(3), Unit.further(4)]] {
                    for payload in Unit.fragments(Unit.byteStream(bytes, leading: false)) {
                        $0.packet(payload, marker: payload[1] & 0x40 != 0)
                    }
                    $0.pass(ticks: 3_600, milliseconds: 40)
                }
            }, [.key(Unit.sps, Unit.pps, Unit.idr(), Unit.furtherIDR(2)), .other(Unit.p(3), Unit.further(4))]),
        UnitCase(
            "a parameter set in fragments", declared: [],
            {
                for payload in Unit.fragments(Unit.sps, 4) { $0.packet(payload) }
                $0.picture(Unit.pps, Unit.idr())
            }, [.key(Unit.sps, Unit.pps, Unit.idr())], check: { assembler, _ in assembler.parameterSets.sets.count == 2 }),
        UnitCase(
            "H.265 fragments and parameter sets", codec: .h265, declared: [],
            {
                $0.packet(Unit.h265VPS)
                $0.packet(Unit.h265SPS)
                $0.packet(Unit.h265PPS)
                for payload in Unit.h265Fragments(Unit.h265IDR(1)) { $0.packet(payload, marker: payload[2] & 0x40 != 0) }
                $0.pass(ticks: 3_600, milliseconds: 40)
                $0.picture(Unit.h265P(2))
            }, [.key(Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265IDR(1)), .other(Unit.h265P(2))]),
        UnitCase(
            "H.265 in one packet with start codes", codec: .h265, declared: [],
            { $0.picture(Unit.byteStream([Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265IDR(1, 4_000)])) },
            [.key(Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265IDR(1, 4_000))]),
        UnitCase(
            "H.265 fragments of one piece", codec: .h265, { $0.picture(Unit.h265Fragments(Unit.h265IDR(1), 500)[0]) },
            [.key(Unit.h265VPS, Unit.h265SPS, Unit.h265PPS, Unit.h265IDR(1))]),
        UnitCase(
            "several picture parameter sets", declared: [],
            {
                $0.picture(Unit.sps, Unit.pps, Unit.ppsOne, Unit.idr())
                $0.picture(Unit.idr(2))
            }, [.key(Unit.sps, Unit.pps, Unit.ppsOne, Unit.idr()), .key(Unit.sps, Unit.pps, Unit.ppsOne, Unit.idr(2))],
            check: { assembler, _ in assembler.parameterSets.generation <= 2 }),
        UnitCase(
            "a second picture parameter set in the stream, the first in the description",
            {
                $0.picture(Unit.ppsOne, Unit.idrOne())
                $0.picture(Unit.idr(2))
            },
            [.key(Unit.ppsOne, Unit.sps, Unit.pps, Unit.ppsOne, Unit.idrOne()), .key(Unit.sps, Unit.pps, Unit.ppsOne, Unit.idr(2))]),
        UnitCase(
            "two sequences: the key picture's own comes first", declared: [],
            { $0.picture(Unit.sps, Unit.spsOne, Unit.pps, Unit.ppsOneOne, Unit.idrOne()) },
            [.key(Unit.sps, Unit.spsOne, Unit.pps, Unit.ppsOneOne, Unit.idrOne())],
            check: { assembler, _ in assembler.parameterSets.sets == [Unit.spsOne, Unit.sps, Unit.pps, Unit.ppsOneOne] }),
        UnitCase(
            "day and night: another size in the middle of the stream",
            {
                $0.picture(Unit.sps, Unit.pps, Unit.idr())
                $0.picture(Unit.p(2))
                $0.picture(Unit.nightSPS, Unit.pps, Unit.idr(3))
            }, [.key(Unit.sps, Unit.pps, Unit.idr()), .other(Unit.p(2)), .key(Unit.nightSPS, Unit.pps, Unit.idr(3))],
            check: { assembler, _ in
                FeedDescription(codec: .h264, parameterSets: assembler.parameterSets.sets).parameters?.width == 640
                    && assembler.parameterSets.sets == [Unit.nightSPS, Unit.pps]
            }),
        UnitCase(
            "parameter sets of nonsense in the stream change nothing",
            {
                $0.picture([0x67], [0x68], [0x67, 0x42], [0x68, 0x00, 0x00], Unit.idr())
            }, [.key([0x67], [0x68], [0x67, 0x42], [0x68, 0x00, 0x00], Unit.idr())],
            check: { assembler, _ in assembler.parameterSets.sets == [Unit.sps, Unit.pps] }),
    ]
}
