/// The tracks of an announced description, and by which way each comes. Pure.
///
/// All tracks are set up, since publishers give up a stream of which one track is refused; packets of those that the gateway
/// does not carry are passed over.
struct PublishedTracks: Hashable {
    /// Tracks beyond are refused with the description.
    static let limit = 8

    let video: VideoTrack
    /// The track that ``video`` is.
    private let videoIndex: Int
    /// `a=control:` of each track as written.
    private let controls: [String?]
    private var ways: [Int: Way] = [:]

    /// By which way a track comes.
    enum Way: Hashable {
        case channels(TransportHeader.Channels)
        /// To two ports that were opened for the track of this number, from these.
        case datagrams(track: Int, from: ServerTransport.ClientPorts)

        /// What the frames of the track carry within the gateway.
        var channels: TransportHeader.Channels {
            if case .channels(let channels) = self { channels } else { .init(rtp: 0, rtcp: 1) }
        }

        var kind: ServerTransport.Kind { if case .channels = self { .interleaved } else { .datagrams } }
    }

    /// Why a description is not taken.
    enum Fault: Error, Hashable {
        case tooManyTracks
        /// None of its tracks is video that the gateway carries.
        case noVideo
    }

    init(_ description: SessionDescription) throws(Fault) {
        guard description.media.count <= Self.limit else { throw .tooManyTracks }
        for (index, media) in description.media.enumerated() {
            guard let track = media.videoTrack else { continue }
            video = track
            videoIndex = index
            controls = description.media.map(\.control)
            return
        }
        throw .noVideo
    }

    /// By which way the video would come; `nil` while it is not set up.
    var videoWay: Way? { ways[videoIndex] }

    /// Every channel that was given away.
    var allChannels: Set<UInt8> {
        Set(
            ways.values.flatMap { way -> [UInt8] in
                guard case .channels(let channels) = way else { return [] }
                return [channels.rtp, channels.rtcp].compactMap { $0 }
            })
    }

    /// Whether no other track comes by another kind of way.
    func mayCome(_ track: Int, by kind: ServerTransport.Kind) -> Bool {
        ways.allSatisfy { $0.key == track || $0.value.kind == kind }
    }

    mutating func setUp(_ track: Int, from ports: ServerTransport.ClientPorts) {
        ways[track] = .datagrams(track: track, from: ports)
    }

    /// Which track a SETUP means: the one whose control ends its URI. Publishers append the control to the URI that they were
    /// given, behind its query or before it. Of a single track anything is its name.
    func track(of uri: String) -> Int? {
        guard controls.count > 1 else { return controls.isEmpty ? nil : 0 }
        let path = uri.prefix { $0 != "?" }
        let found = controls.indices.filter { index in
            guard let control = controls[index], !control.isEmpty else { return false }
            let ending = control.hasPrefix("/") || control.contains("://") ? control : "/" + control
            return uri.hasSuffix(ending) || path.hasSuffix(ending)
        }
        return found.max { (controls[$0] ?? "").utf8.count < (controls[$1] ?? "").utf8.count }
    }

    /// Gives the track its channels: those that the publisher wants unless another track has them, else the first free pair.
    ///
    /// `nil` where none is free.
    mutating func setUp(_ track: Int, wanted: TransportHeader.Channels?) -> TransportHeader.Channels? {
        ways[track] = nil
        let taken = allChannels
        var chosen: TransportHeader.Channels?
        if let wanted, let rtcp = wanted.rtcp ?? (wanted.rtp < .max ? wanted.rtp + 1 : nil), rtcp != wanted.rtp,
            !taken.contains(wanted.rtp), !taken.contains(rtcp)
        {
            chosen = .init(rtp: wanted.rtp, rtcp: rtcp)
        }
        if chosen == nil {
            chosen = stride(from: UInt8(0), through: 254, by: 2).first { !taken.contains($0) && !taken.contains($0 + 1) }
                .map { .init(rtp: $0, rtcp: $0 + 1) }
        }
        ways[track] = chosen.map { .channels($0) }
        return chosen
    }
}
