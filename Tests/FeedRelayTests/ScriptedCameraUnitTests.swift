import GatewayCore
import NIOCore
import RTSP
import Testing

@testable import FeedRelay

/// One way in which cameras send pictures, and the access units that must come of it, NAL unit by NAL unit.
struct UnitCase: CustomTestStringConvertible, Sendable {
    struct Expected: Sendable {
        let isKey: Bool
        let units: [[UInt8]]

        static func key(_ units: [UInt8]...) -> Expected { Expected(isKey: true, units: units) }
        static func other(_ units: [UInt8]...) -> Expected { Expected(isKey: false, units: units) }
    }

    let name: String
    var codec = VideoCodec.h264
    /// Of the session description.
    var declared = [Unit.sps, Unit.pps]
    let script: @Sendable (inout CameraScript) -> Void
    let expected: [Expected]
    var check: @Sendable (AccessUnitAssembler, [AccessUnit]) -> Bool = { _, _ in true }

    var testDescription: String { name }

    init(
        _ name: String, codec: VideoCodec = .h264, declared: [[UInt8]]? = nil,
        _ script: @escaping @Sendable (inout CameraScript) -> Void, _ expected: [Expected],
        check: @escaping @Sendable (AccessUnitAssembler, [AccessUnit]) -> Bool = { _, _ in true }
    ) {
        self.name = name
        self.codec = codec
        self.declared =
            declared ?? (codec == .h264 ? [Unit.sps, Unit.pps] : [Unit.h265VPS, Unit.h265SPS, Unit.h265PPS])
        self.script = script
        self.expected = expected
        self.check = check
    }
}

@Suite struct ScriptedCameraUnitTests {
    @Test(arguments: UnitCase.packing) func packing(each: UnitCase) { run(each) }
    @Test(arguments: UnitCase.beginnings) func beginnings(each: UnitCase) { run(each) }
    @Test(arguments: UnitCase.losses) func losses(each: UnitCase) { run(each) }
    @Test(arguments: UnitCase.times) func times(each: UnitCase) { run(each) }

    @Test func namesAreDistinct() {
        let all = UnitCase.packing + UnitCase.beginnings + UnitCase.losses + UnitCase.times
        #expect(Set(all.map(\.name)).count == all.count)
    }

    private func run(_ each: UnitCase) {
        var script = CameraScript()
        each.script(&script)
        var assembler = AccessUnitAssembler(codec: each.codec, ssrc: 7, firstSequence: 65_530, timestampOffset: 9)
        assembler.sessionBegan(parameterSets: each.declared)
        var completed: [AccessUnit] = []
        for packet in script.packets { assembler.append(packet.bytes.span.bytes, arrival: packet.arrival, completed: &completed) }
        let units = completed.map { Unit.units(of: $0, each.codec) }
        #expect(units == each.expected.map(\.units))
        #expect(completed.map(\.isKey) == each.expected.map(\.isKey))
        #expect(each.check(assembler, completed))
        let sequences = completed.flatMap { AccessUnitAssemblerTests.packets(of: $0).map(\.header.sequence) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { Int16(bitPattern: $1 &- $0) > 0 }, "sequences only grow")
    }
}

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
            check: { assembler, _ in assembler.oversizedUnits == 1 && assembler.memory.capacity <= 64 << 10 }),
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
            "timestamps in decoding order",
            {
                $0.picture(Unit.idr(), ticks: 10_800)
                $0.picture(Unit.p(2), ticks: -7_200)
                $0.picture(Unit.p(3))
            }, pictures(3), check: { assembler, _ in assembler.isReordered }),
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
