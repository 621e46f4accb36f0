/// Coded pictures that a camera sends over and over, beginning with a key picture.
struct Clip {
    struct Picture {
        let isKey: Bool
        /// Its slices, without parameter sets.
        let nalUnits: [[UInt8]]
    }

    let sequenceParameterSet: [UInt8]
    let pictureParameterSet: [UInt8]
    let pictures: [Picture]
}

/// What H.264 calls its NAL units (ITU-T H.264 table 7-1) and RTP its packets of several or of parts (RFC 6184 table 1).
enum NALUnitType {
    static let slice: UInt8 = 1
    static let key: UInt8 = 5
    static let supplement: UInt8 = 6
    static let sequenceParameterSet: UInt8 = 7
    static let pictureParameterSet: UInt8 = 8
    static let aggregate: UInt8 = 24
    static let fragment: UInt8 = 28
}
