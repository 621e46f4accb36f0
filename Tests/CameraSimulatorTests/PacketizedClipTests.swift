import GatewayCore
import NIOCore
import Testing

@testable import CameraSimulator

@Suite struct PacketizedClipTests {
    private let clock = PacketizedClip.Clock(source: 0xDEAD_BEEF, firstSequence: 65_534, firstTimestamp: 4_294_967_000)

    private func clip(marks: Bool = true) throws -> PacketizedClip {
        let large: [UInt8] = [0x65] + [UInt8](repeating: 1, count: 3_000)
        return try #require(
            PacketizedClip(
                codec: .h264, framesPerSecond: 15, parameterSets: [[0x67, 0x42, 0xC0, 0x1E], [0x68, 1]],
                pictures: [([large], true), ([[0x41, 2]], false)], marks: marks))
    }

    private func packets(_ frame: ByteBuffer) -> [(marker: Bool, sequence: UInt16, timestamp: UInt32, source: UInt32)] {
        var frame = frame
        var found: [(Bool, UInt16, UInt32, UInt32)] = []
        while let (dollar, channel, length) = frame.readMultipleIntegers(as: (UInt8, UInt8, UInt16).self),
            var packet = frame.readSlice(length: Int(length)),
            let (first, second, sequence, timestamp, source) = packet.readMultipleIntegers(
                as: (UInt8, UInt8, UInt16, UInt32, UInt32).self)
        {
            #expect(dollar == UInt8(ascii: "$") && channel == 0 && first == 0x80 && second & 0x7F == 96)
            found.append((second & 0x80 != 0, sequence, timestamp, source))
        }
        #expect(frame.readableBytes == 0)
        return found
    }

    @Test func sequenceAndTimeRunOnOverLaps() throws {
        let clip = try clip()
        let found = (0..<6).map { packets(clip.frame($0, clock: clock)) }
        #expect(found.map(\.count) == [3, 1, 3, 1, 3, 1])
        let sequences = found.flatMap { $0.map(\.sequence) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        #expect(sequences.first == 65_534)
        let timestamps = found.compactMap { $0.first?.timestamp }
        #expect(zip(timestamps, timestamps.dropFirst()).allSatisfy { $1 &- $0 == 6_000 })
        #expect(found.allSatisfy { frame in frame.allSatisfy { $0.timestamp == frame[0].timestamp && $0.source == 0xDEAD_BEEF } })
    }

    @Test func theMarkerEndsAPicture() throws {
        #expect(packets(try clip().frame(0, clock: clock)).map(\.marker) == [false, false, true])
        #expect(packets(try clip(marks: false).frame(0, clock: clock)).map(\.marker) == [false, false, false])
    }

    @Test func aClipBeginsWithAKeyFrame() {
        #expect(
            PacketizedClip(codec: .h264, framesPerSecond: 15, parameterSets: [], pictures: [([[0x41, 2]], false)]) == nil)
        #expect(PacketizedClip(codec: .h264, framesPerSecond: 15, parameterSets: [], pictures: []) == nil)
    }

    @Test func theDescriptionNamesWhatADecoderNeeds() throws {
        let text = try clip().sessionDescription(withParameterSets: true)
        #expect(text.contains("a=rtpmap:96 H264/90000\r\n"))
        #expect(text.contains("a=fmtp:96 packetization-mode=1;profile-level-id=42C01E;sprop-parameter-sets=Z0LAHg==,aAE=\r\n"))
        #expect(text.contains("a=control:track1\r\n"))
        #expect(!(try clip().sessionDescription(withParameterSets: false).contains("sprop")))
    }

    @Test func anH265DescriptionHasItsThreeSets() throws {
        let clip = try #require(
            PacketizedClip(
                codec: .h265, framesPerSecond: 15, parameterSets: [[0x40, 1, 0], [0x42, 1, 0], [0x44, 1, 0]],
                pictures: [([[0x26, 1, 1]], true)]))
        let text = clip.sessionDescription(withParameterSets: true)
        #expect(text.contains("a=fmtp:96 sprop-vps=QAEA;sprop-sps=QgEA;sprop-pps=RAEA\r\n"))
    }
}
