import GatewayCore
import Testing

@testable import CameraSimulator

@Suite struct PacketizerTests {
    @Test func smallUnitsTravelTogether() {
        let payloads = Packetizer(codec: .h264).payloads(of: [[0x67, 1, 2], [0x68, 3], [0x65, 4]])
        #expect(payloads == [[0x60 | 24, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3, 0, 2, 0x65, 4]])
    }

    @Test func oneSmallUnitTravelsAsItIs() {
        #expect(Packetizer(codec: .h264).payloads(of: [[0x41, 9, 9]]) == [[0x41, 9, 9]])
        #expect(Packetizer(codec: .h265).payloads(of: [[0x02, 0x01, 9]]) == [[0x02, 0x01, 9]])
    }

    @Test func h265UnitsTravelTogetherUnderTheirLowestLayer() {
        let payloads = Packetizer(codec: .h265).payloads(of: [[0x40, 0x01, 1], [0x42, 0x01, 2]])
        #expect(payloads == [[48 << 1, 0x01, 0, 3, 0x40, 0x01, 1, 0, 3, 0x42, 0x01, 2]])
    }

    /// RFC 6184 5.8: start and end bits, importance kept, the unit's own header left out.
    @Test func aLargeH264UnitIsCut() {
        let unit: [UInt8] = [0x65] + (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let payloads = Packetizer(codec: .h264, payloadBytes: 128).payloads(of: [unit])
        #expect(payloads.count == 3)
        #expect(payloads.allSatisfy { $0[0] == 0x60 | 28 && $0.count <= 128 })
        #expect(payloads.map { $0[1] } == [0x80 | 5, 5, 0x40 | 5])
        #expect([0x65] + payloads.flatMap { $0.dropFirst(2) } == unit)
    }

    /// RFC 7798 4.4.3: layer and temporal identity kept.
    @Test func aLargeH265UnitIsCut() {
        let unit: [UInt8] = [0x26, 0x01] + (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        let payloads = Packetizer(codec: .h265, payloadBytes: 128).payloads(of: [unit])
        #expect(payloads.allSatisfy { $0[0] == 49 << 1 && $0[1] == 0x01 && $0.count <= 128 })
        #expect(payloads.map { $0[2] } == [0x80 | 19, 19, 0x40 | 19])
        #expect([0x26, 0x01] + payloads.flatMap { $0.dropFirst(3) } == unit)
    }

    @Test func orderIsKeptAroundALargeUnit() {
        let large: [UInt8] = [0x65] + [UInt8](repeating: 7, count: 100)
        let payloads = Packetizer(codec: .h264, payloadBytes: 64).payloads(of: [[0x67, 1], [0x68, 2], large, [0x06, 5]])
        #expect(payloads.first?.first == UInt8(0x78))
        #expect(payloads.last == [0x06, 5])
        #expect(payloads.count == 4)
    }

    @Test func unitsWithoutABodyAreLeftOut() {
        #expect(Packetizer(codec: .h264).payloads(of: [[], [0x09]]).isEmpty)
        #expect(Packetizer(codec: .h265).payloads(of: [[0x46, 0x01]]).isEmpty)
    }
}
