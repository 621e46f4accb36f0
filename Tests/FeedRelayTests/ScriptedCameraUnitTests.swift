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

    @Test("bytes of start codes, fragments and parameter sets in any order", arguments: [VideoCodec.h264, .h265])
    func anyOrder(codec: VideoCodec) async {
        var generator = SeededGenerator(seed: 3)
        var assembler = AccessUnitAssembler(codec: codec, ssrc: 1, firstSequence: 0, timestampOffset: 0)
        assembler.sessionBegan(parameterSets: [])
        let alphabet: [UInt8] = [
            0, 0, 0, 1, 3, 0x40, 0x67, 0x68, 0x65, 0x06, 0x7C, 0x85, 0x05, 0x45, 0x78, 0x42, 0x44, 0x26, 0x62, 0x88,
        ]
        var script = CameraScript()
        var completed: [AccessUnit] = []
        for round in 0..<10_000 {
            if round % 64 == 0 { await Task.yield() }
            let count = Int.random(in: 0...24, using: &generator)
            script = CameraScript(continuing: script)
            script.packet(
                (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 },
                marker: Int.random(in: 0..<4, using: &generator) == 0)
            if Int.random(in: 0..<6, using: &generator) == 0 { script.pass(ticks: 3_600, milliseconds: 40) }
            if Int.random(in: 0..<50, using: &generator) == 0 { script.lose(2) }
            for packet in script.packets {
                assembler.append(packet.bytes.span.bytes, arrival: packet.arrival, completed: &completed)
            }
        }
        #expect(completed.contains { $0.isKey } && assembler.unpackedUnits > 0)
        #expect(assembler.parameterSets.sets.reduce(0) { $0 + $1.count } <= ParameterSetStore.byteLimit)
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
