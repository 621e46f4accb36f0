import GatewayCore

/// What a NAL unit is, as far as a relay cares (H.264 table 7-1, H.265 table 7-1).
package struct NALUnitKind: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Coded slice of a picture.
    package static let slice = NALUnitKind(rawValue: 1)
    /// Slice of a picture at which decoding can begin: IDR; for H.265 also BLA and CRA.
    package static let key = NALUnitKind(rawValue: 2)
    package static let sps = NALUnitKind(rawValue: 4)
    package static let pps = NALUnitKind(rawValue: 8)
    package static let vps = NALUnitKind(rawValue: 16)
    package static let delimiter = NALUnitKind(rawValue: 32)
    /// Supplemental enhancement information that precedes a picture.
    package static let supplement = NALUnitKind(rawValue: 64)

    package static let parameterSet: NALUnitKind = [.sps, .pps, .vps]
    package static let h264Sets: NALUnitKind = [.sps, .pps]
    package static let keySlice: NALUnitKind = [.slice, .key]
    package static let none = NALUnitKind()

    /// The kind of a unit whose header begins with `firstByte`.
    package init(_ codec: VideoCodec, firstByte: UInt8) {
        switch codec {
        case .h264: self.init(h264Type: firstByte & 0x1F)
        case .h265: self.init(h265Type: (firstByte >> 1) & 0x3F)
        }
    }

    package init(h264Type type: UInt8) {
        switch type {
        case 5: self = .keySlice
        case 1...4: self = .slice
        case 6: self = .supplement
        case 7: self = .sps
        case 8: self = .pps
        case 9: self = .delimiter
        default: self = .none
        }
    }

    package init(h265Type type: UInt8) {
        switch type {
        case 16...21: self = .keySlice
        case 0...31: self = .slice
        case 32: self = .vps
        case 33: self = .sps
        case 34: self = .pps
        case 35: self = .delimiter
        case 39: self = .supplement
        default: self = .none
        }
    }
}
