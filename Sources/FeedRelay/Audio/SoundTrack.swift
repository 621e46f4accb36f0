import GatewayCore
import NIOCore
import RTSP

/// What a movie says of its sound.
struct SoundFormat: Hashable {
    let configuration: AudioSpecificConfig
    /// Ticks a second.
    let clockRate: Int

    /// RFC 6381: object type 0x40 of ISO/IEC 14496-1, then that of the audio.
    var codecs: String { "mp4a.40.\(configuration.objectType)" }

    /// Ticks of one sample. The camera's clock may count at the rate behind SBR, which doubles it.
    var sampleLength: Int64 { max(1, Int64(configuration.frameLength) * Int64(clockRate) / Int64(configuration.sampleRate)) }
}

/// A feed's sound as samples of its fragments: AAC access units out of RTP, one behind the other without a hole.
///
/// A browser shows nothing past the end of either track. So where no sound comes, be it that packets are lost or that the
/// camera has none to send, silence stands: the picture never waits for it. What comes for a time that has its sound already is
/// dropped. Times are the feed's media time at the track's clock rate.
///
/// Pure. Confined to the feed's loop by its owner.
struct SoundTrack {
    /// By so much the sound may be behind the picture before silence fills in, and so far it then fills; both and an
    /// encoder's delay. Cameras send it late, and several units a packet.
    private static let patience = MediaTime(ticks: MediaTime.ticksPerSecond / 2)
    private static let reserve = MediaTime(ticks: MediaTime.ticksPerSecond / 4)
    /// A longer hole is one of the picture, too, and stays.
    static let longestHole = MediaTime(ticks: 3 * MediaTime.ticksPerSecond)
    /// What may wait for a picture.
    static let mostSamples = 256

    struct Sample {
        let time: Int64
        /// Where its bytes lie.
        let range: Range<Int>
    }

    /// Samples of one fragment, in order; their bytes one behind the other.
    struct Samples {
        fileprivate(set) var bytes: [UInt8] = []
        fileprivate(set) var list: [Sample] = []
        /// Ticks of one sample.
        let length: Int64

        var isEmpty: Bool { list.isEmpty }

        /// Up to the next sample, and its own length at the end; always more than nothing.
        func duration(of index: Int) -> UInt32 {
            let next = index + 1 < list.count ? list[index + 1].time : list[index].time &+ length
            return UInt32(clamping: max(1, next &- list[index].time))
        }
    }

    let format: SoundFormat
    let era: Int
    private let silence: [UInt8]
    /// Of AAC in RTP; `nil` where it is made of something else.
    private var reader: AACReader?
    private let patience: MediaTime
    private let reserve: MediaTime
    private var lastSequence: UInt16?
    /// Where the sound ends so far.
    private var end: Int64
    private var pending: Samples
    /// Silence keeps up with the picture, until sound comes again.
    private var isSilent = false
    private(set) var droppedUnits = 0

    /// `nil` for sound that neither is AAC nor made into it.
    ///
    /// - Parameter start: where the pictures begin.
    init?(_ sound: FeedDescription.Sound, start: MediaTime) {
        guard let format = sound.format else { return nil }
        self.format = format
        era = sound.era
        silence = Self.silence(channels: format.configuration.channels)
        if case .aac(_, let packing) = sound.track.codec { reader = AACReader(packing) }
        // An encoder gives a unit when the next has gone in, too.
        let delay = sound.isEncoded ? 2 * format.sampleLength * MediaTime.ticksPerSecond / Int64(max(1, format.clockRate)) : 0
        patience = Self.patience + MediaTime(ticks: delay)
        reserve = Self.reserve + MediaTime(ticks: delay)
        pending = Samples(length: format.sampleLength)
        end = start.ticks(at: format.clockRate)
    }

    private var clockRate: Int { format.clockRate }

    mutating func append(_ batch: AudioBatch) {
        guard batch.era == era, reader != nil else { return }
        let frames = batch.frames
        let bytes = frames.readableBytesSpan
        var offset = 0
        var first: UInt32?
        while let range = AccessUnit.nextPacket(in: bytes, at: &offset) {
            let packet = bytes.extracting(range)
            guard let header = RTPHeader(packet) else { continue }
            let origin = first ?? header.timestamp
            first = origin
            let time = batch.line &+ Int64(Int32(bitPattern: header.timestamp &- origin))
            append(packet.extracting(header.payload), header, time: time)
        }
    }

    /// A unit that was encoded.
    mutating func append(encoded unit: RawSpan, at time: Int64, era: Int) {
        guard era == self.era, reader == nil, 1...AACReader.largestUnit ~= unit.byteCount else { return }
        place(unit, at: time)
    }

    private mutating func append(_ payload: RawSpan, _ header: RTPHeader, time: Int64) {
        if let lastSequence, header.sequence != lastSequence &+ 1 { reader?.abandon() }
        lastSequence = header.sequence
        // Its own, for the units that come out of it are placed here.
        guard var reader = self.reader else { return }
        var time = time
        _ = reader.read(payload, marker: header.marker) { unit in
            place(unit, at: time)
            time &+= pending.length
        }
        self.reader = reader
    }

    private mutating func place(_ unit: RawSpan, at time: Int64) {
        isSilent = false
        guard time >= end &- pending.length / 2, pending.list.count < Self.mostSamples else { return droppedUnits += 1 }
        if time &- end <= Self.longestHole.ticks(at: clockRate) { fill(upTo: time) }
        let start = pending.bytes.count
        unit.withUnsafeBytes { pending.bytes.append(contentsOf: $0) }
        add(at: max(time, end), from: start)
    }

    private mutating func add(at time: Int64, from start: Int) {
        pending.list.append(Sample(time: time, range: start..<pending.bytes.count))
        end = time &+ pending.length
    }

    /// Silence of whole samples.
    private mutating func fill(upTo time: Int64) {
        while time &- end >= pending.length, pending.list.count < Self.mostSamples {
            let start = pending.bytes.count
            pending.bytes += silence
            add(at: end, from: start)
        }
    }

    /// What goes with a picture of this time.
    mutating func take(with picture: MediaTime) -> Samples {
        let time = picture.ticks(at: clockRate)
        if time &- end > Self.longestHole.ticks(at: clockRate) { end = time &- reserve.ticks(at: clockRate) }
        if time &- end > patience.ticks(at: clockRate) { isSilent = true }
        if isSilent { fill(upTo: time &- reserve.ticks(at: clockRate)) }
        defer { pending = Samples(length: pending.length) }
        return pending
    }

    /// A raw data block without any spectrum (ISO/IEC 14496-3, 4.4.2.1): `max_sfb` is zero.
    static func silence(channels: Int) -> [UInt8] {
        var bits: [UInt8] = []
        func put(_ value: Int, _ count: Int) { for bit in (0..<count).reversed() { bits.append(UInt8(value >> bit & 1)) } }
        func single(_ tag: Int) {
            // single_channel_element: gain, ics_info, and no pulse, TNS or gain control.
            put(0, 3)
            put(tag, 4)
            put(0, 8 + 11 + 3)
        }
        func pair(_ tag: Int) {
            // channel_pair_element with a common window and no M/S.
            put(1, 3)
            put(tag, 4)
            put(1, 1)
            put(0, 11 + 2)
            put(0, 2 * (8 + 3))
        }
        // Elements of the channel configurations 1…7 (ISO/IEC 14496-3, table 1.19); the last is lfe_channel_element.
        let (singles, pairs, low) =
            [
                1: (1, 0, 0), 2: (0, 1, 0), 3: (1, 1, 0), 4: (2, 1, 0), 5: (1, 2, 0), 6: (1, 2, 1), 8: (1, 3, 1),
            ][channels] ?? (1, 0, 0)
        if singles > 0 { single(0) }
        for tag in 0..<pairs { pair(tag) }
        if singles > 1 { single(1) }
        if low > 0 {
            put(3, 3)
            put(0, 4 + 8 + 11 + 3)
        }
        put(7, 3)
        while bits.count % 8 != 0 { bits.append(0) }
        return stride(from: 0, to: bits.count, by: 8).map { start in bits[start..<start + 8].reduce(0) { $0 << 1 | $1 } }
    }
}

extension MediaTime {
    /// In ticks of another clock.
    func ticks(at rate: Int) -> Int64 {
        let (whole, rest) = ticks.quotientAndRemainder(dividingBy: Self.ticksPerSecond)
        return whole &* Int64(rate) &+ rest &* Int64(rate) / Self.ticksPerSecond
    }
}
