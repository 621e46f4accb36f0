import GatewayCore
import NIOCore
import RTSP
import Testing

@testable import FeedRelay

@Suite struct AccessUnitAssemblerTests {
    private static let sps: [UInt8] = [0x67, 0x42, 0xC0, 0x1E, 0xDA, 0x02, 0x80, 0xBF, 0xE5, 0xC0, 0x44]
    private static let pps: [UInt8] = [0x68, 0xCE, 0x3C, 0x80]
    private var camera = PacketMaker()
    private var assembler = AccessUnitAssembler(codec: .h264, ssrc: 0x1122_3344, firstSequence: 65_534, timestampOffset: 1_000)
    private var now = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private mutating func feed(_ packet: [UInt8]) -> [AccessUnit] {
        var completed: [AccessUnit] = []
        assembler.append(packet.span.bytes, arrival: now, completed: &completed)
        return completed
    }

    @Test mutating func theMarkerEndsAUnitAtOnce() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        #expect(feed(camera.packet([0x7C, 0x85, 1])).isEmpty)
        let units = feed(camera.packet([0x7C, 0x45, 2], marker: true))
        let unit = try #require(units.first)
        #expect(units.count == 1)
        #expect(unit.isKey)
        #expect(unit.mediaTime == .zero)
        #expect(unit.timestamp == 1_000)
        #expect(unit.sample(codec: .h264) == ByteBuffer(bytes: [0, 0, 0, 3, 0x65, 1, 2]))
    }

    @Test mutating func parameterSetsArePutBeforeAKeyPictureThatLacksThem() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        let unit = try #require(feed(camera.packet([0x65, 9], marker: true)).first)
        let packets = Self.packets(of: unit)
        #expect(packets.count == 2)
        #expect(packets[0].payload.first == 0x78)
        #expect(packets.map(\.header.sequence) == [65_534, 65_535])
        #expect(packets.map(\.header.marker) == [false, true])
        #expect(packets.allSatisfy { $0.header.ssrc == 0x1122_3344 && $0.header.payloadType == 96 })
    }

    @Test mutating func parameterSetsInTheStreamAreNotDoubled() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        _ = feed(camera.packet(Self.sps))
        _ = feed(camera.packet(Self.pps))
        let unit = try #require(feed(camera.packet([0x65, 9], marker: true)).first)
        #expect(Self.packets(of: unit).count == 3)
        #expect(unit.isKey)
    }

    @Test mutating func aPictureWithoutItsPictureParameterSetIsNoKey() throws {
        assembler.sessionBegan(parameterSets: [])
        _ = feed(camera.packet(Self.sps))
        let first = try #require(feed(camera.packet([0x65, 9], marker: true)).first)
        #expect(!first.isKey, "no decoder can begin here")
        camera.timestamp &+= 3_600
        _ = feed(camera.packet(Self.pps))
        let second = try #require(feed(camera.packet([0x65, 9], marker: true)).first)
        #expect(second.isKey)
    }

    @Test("cameras that set the marker on their parameter sets")
    mutating func markerOnParameterSets() throws {
        assembler.sessionBegan(parameterSets: [])
        #expect(feed(camera.packet(Self.sps, marker: true)).isEmpty)
        #expect(feed(camera.packet(Self.pps, marker: true)).isEmpty)
        let unit = try #require(feed(camera.packet([0x65, 9], marker: true)).first)
        #expect(unit.isKey)
        #expect(Self.packets(of: unit).count == 3)
        #expect(assembler.parameterSets.sets == [Self.sps, Self.pps])
    }

    @Test("cameras that never set the marker: a change of the timestamp ends the unit")
    mutating func noMarker() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        #expect(feed(camera.packet([0x65, 1])).isEmpty)
        #expect(feed(camera.packet([0x65, 2])).isEmpty)
        camera.timestamp &+= 3_600
        now = now + .milliseconds(40)
        let units = feed(camera.packet([0x41, 3]))
        #expect(units.count == 1)
        #expect(try #require(units.first).sample(codec: .h264) == ByteBuffer(bytes: [0, 0, 0, 2, 0x65, 1, 0, 0, 0, 2, 0x65, 2]))
    }

    @Test mutating func aLossLeavesTheSameHoleInWhatIsSent() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        _ = feed(camera.packet([0x65, 1], marker: true))
        camera.sequence &+= 3
        camera.timestamp &+= 3_600
        now = now + .milliseconds(40)
        let unit = try #require(feed(camera.packet([0x41, 1], marker: true)).first)
        #expect(assembler.lostPackets == 3)
        // 65534 parameter sets, 65535 the picture, 0…2 lost.
        #expect(Self.packets(of: unit).map(\.header.sequence) == [3])
    }

    @Test mutating func aDoubledPacketIsDropped() {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        let packet = camera.packet([0x65, 1], marker: true)
        #expect(feed(packet).count == 1)
        #expect(feed(packet).isEmpty)
    }

    @Test mutating func aSessionLaterSequenceAndTimeGoOn() throws {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        _ = feed(camera.packet([0x65, 1], marker: true))
        camera = PacketMaker(sequence: 9, timestamp: 77, ssrc: 5)
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        now = now + .seconds(7)
        let unit = try #require(feed(camera.packet([0x65, 2], marker: true)).first)
        #expect(unit.mediaTime == MediaTime(.seconds(7)))
        #expect(Self.packets(of: unit).map(\.header.sequence) == [0, 1])
        #expect(Self.packets(of: unit).allSatisfy { $0.header.ssrc == 0x1122_3344 })
    }

    @Test mutating func aUnitAboveTheCapIsRefusedWhole() {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        let piece = [UInt8](repeating: 1, count: 60_000)
        _ = feed(camera.packet([0x7C, 0x85] + piece))
        for _ in 0..<100 { _ = feed(camera.packet([0x7C, 0x05] + piece)) }
        #expect(feed(camera.packet([0x7C, 0x45] + piece, marker: true)).isEmpty)
        #expect(assembler.oversizedUnits == 1)
        camera.timestamp &+= 3_600
        #expect(feed(camera.packet([0x65, 1], marker: true)).count == 1)
    }

    @Test mutating func framesInDecodingOrderAreNoticed() {
        assembler.sessionBegan(parameterSets: [Self.reorderingSPS, Self.pps])
        for step: Int32 in [0, 10_800, -7_200, 3_600, 10_800, -7_200, 3_600, 10_800] { play(step) }
        #expect(!assembler.isReordered)
        play(-7_200)
        #expect(assembler.isReordered)
    }

    @Test mutating func oneStepBackIsNoReordering() {
        assembler.sessionBegan(parameterSets: [Self.reorderingSPS, Self.pps])
        for picture in 0..<200 { play(picture % 90 == 60 ? -45_000 : 3_600) }
        #expect(!assembler.isReordered)
    }

    @Test mutating func timeNeverGoesBackWherePicturesAreNotReordered() {
        assembler.sessionBegan(parameterSets: [Self.sps, Self.pps])
        var times: [MediaTime] = []
        for picture in 0..<200 { times += play(picture % 9 == 6 ? -1_800 : 3_600).map(\.mediaTime) }
        #expect(times.count == 200 && zip(times, times.dropFirst()).allSatisfy(<))
        #expect(!assembler.isReordered)
    }

    /// High profile with two pictures reordered, as it says.
    private static let reorderingSPS: [UInt8] = [
        0x67, 0x64, 0x00, 0x28, 0xAC, 0xD9, 0x40, 0x78, 0x02, 0x27, 0xE5, 0xC0, 0x44, 0x00, 0x00, 0x03, 0x00, 0x04, 0x00, 0x00,
        0x03,
        0x00, 0xC8, 0x3C, 0x60, 0xC6, 0x58,
    ]

    @discardableResult
    private mutating func play(_ step: Int32) -> [AccessUnit] {
        camera.timestamp = UInt32(truncatingIfNeeded: Int64(camera.timestamp) + Int64(step))
        now = now + .milliseconds(40)
        return feed(camera.packet([0x65, 1], marker: true))
    }

    @Test("any bytes in any order", arguments: [VideoCodec.h264, .h265])
    mutating func randomBytesNeverTrap(codec: VideoCodec) {
        var generator = SeededGenerator(seed: 11)
        assembler = AccessUnitAssembler(codec: codec, ssrc: 1, firstSequence: 0, timestampOffset: 0)
        assembler.sessionBegan(parameterSets: [[], [0x67], [UInt8](repeating: 0x67, count: 9_000)])
        var count = 0
        for _ in 0..<100_000 {
            var bytes = (0..<Int.random(in: 0...80, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            if bytes.count > 13, Int.random(in: 0..<4, using: &generator) > 0 {
                bytes[0] = 0x80
                if Bool.random(using: &generator) {
                    bytes[12] = [0x65, 0x41, 0x7C, 0x78, 0x67, 0x26, 0x62].randomElement(using: &generator) ?? 0
                }
            }
            now = now + .microseconds(Int64.random(in: 0...5_000, using: &generator))
            count += feed(bytes).count
        }
        #expect(count > 0)
    }

    static func packets(of unit: AccessUnit) -> [(header: RTPHeader, payload: [UInt8])] {
        let bytes = Array(unit.frames.readableBytesView)
        var packets: [(RTPHeader, [UInt8])] = []
        var offset = 0
        while let range = AccessUnit.nextPacket(in: bytes.span.bytes, at: &offset) {
            let packet = Array(bytes[range])
            guard let header = RTPHeader(packet.span.bytes) else { continue }
            packets.append((header, Array(packet[header.payload])))
        }
        return packets
    }
}
