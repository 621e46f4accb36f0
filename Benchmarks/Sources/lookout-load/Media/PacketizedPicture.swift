/// One access unit as interleaved RTP, ready but for what is its camera's and its moment's.
///
/// `$`, channel, length, RTP packet; one or more (RFC 2326 section 10.12, RFC 6184). Parameter sets stand before a key
/// picture, each in a packet of its own, and a ``Stamp`` before the slices; what is larger than 1,400 bytes is fragmented.
struct PacketizedPicture {
    /// What runs on from picture to picture.
    struct Header {
        var channel: UInt8 = 0
        var sequence: UInt16
        var timestamp: UInt32
        var ssrc: UInt32
    }

    static let payloadLimit = 1_400
    static let payloadType: UInt8 = 96

    private(set) var bytes: [UInt8] = []
    private(set) var packetCount = 0
    private var stampOffset = 0

    init(_ picture: Clip.Picture, of clip: Clip) {
        if picture.isKey {
            append([UInt8](clip.sequenceParameterSet))
            append([UInt8](clip.pictureParameterSet))
        }
        append(Stamp.nalUnit)
        stampOffset = bytes.count - Stamp.nalUnit.count + Stamp.contentOffset
        for unit in picture.nalUnits { append(unit) }
        markLast()
    }

    var byteCount: Int { bytes.count }

    private mutating func append(_ unit: [UInt8]) {
        guard unit.count > Self.payloadLimit else { return appendPacket(unit[...]) }
        var rest = unit.dropFirst()
        while !rest.isEmpty {
            let part = rest.prefix(Self.payloadLimit - 2)
            let isFirst = part.startIndex == 1
            rest = rest.dropFirst(part.count)
            let edges: UInt8 = (isFirst ? 0x80 : 0) | (rest.isEmpty ? 0x40 : 0)
            appendPacket([unit[0] & 0xE0 | NALUnitType.fragment, edges | unit[0] & 0x1F] + part)
        }
    }

    private mutating func appendPacket(_ payload: ArraySlice<UInt8>) {
        let length = 12 + payload.count
        bytes += [UInt8(ascii: "$"), 0, UInt8(length >> 8), UInt8(length & 0xFF), 0x80, Self.payloadType]
        bytes += [UInt8](repeating: 0, count: 10)
        bytes += payload
        packetCount += 1
    }

    private mutating func markLast() {
        var offset = 0
        while true {
            let next = offset + 4 + (Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3]))
            guard next < bytes.count else { break }
            offset = next
        }
        bytes[offset + 5] |= 0x80
    }

    /// Writes the unit as `header` and `stamp` say, and moves the sequence number on.
    ///
    /// - Parameter target: room for ``byteCount`` bytes.
    func render(to target: UnsafeMutableRawBufferPointer, header: inout Header, stamp: Stamp) {
        guard let start = target.baseAddress, target.count >= bytes.count else { return }
        bytes.withUnsafeBytes { target.copyMemory(from: $0) }
        stamp.write(to: start + stampOffset)
        var offset = 0
        while offset < bytes.count {
            let packet = start + offset
            packet.storeBytes(of: header.channel, toByteOffset: 1, as: UInt8.self)
            packet.storeBytes(of: header.sequence.bigEndian, toByteOffset: 6, as: UInt16.self)
            packet.storeBytes(of: header.timestamp.bigEndian, toByteOffset: 8, as: UInt32.self)
            packet.storeBytes(of: header.ssrc.bigEndian, toByteOffset: 12, as: UInt32.self)
            header.sequence &+= 1
            offset += 4 + Int(packet.load(fromByteOffset: 2, as: UInt16.self).bigEndian)
        }
    }
}
