import GatewayCore
import NIOCore

@testable import FeedRelay
@testable import RTSP

/// A camera's session description and what the gateway's own is made of.
enum DescriptionFuzz {
    static func run(_ input: inout FuzzInput) throws(BrokenInvariant) {
        let mode = input.byte()
        switch mode % 4 {
        case 0, 1: try text(input.remainder())
        case 2: try controls(input.remainder())
        default: try units(input.remainder(), codec: mode & 4 == 0 ? .h264 : .h265)
        }
    }

    private static func text(_ bytes: [UInt8]) throws(BrokenInvariant) {
        guard let description = try? SessionDescription.parse(ByteBuffer(bytes: bytes)) else { return }
        try require(description.media.count <= SessionDescription.limit + 1, "\(description.media.count) media")
        // Blanks at the end of a word may vanish with its place in the line: the second writing is final.
        guard let once = try? SessionDescription.parse(description.serialize()),
            let again = try? SessionDescription.parse(once.serialize())
        else { throw BrokenInvariant(description: "a description cannot be read again") }
        try require(again == once, "another description after writing")
        try require(once.media.map(\.kind) == description.media.map(\.kind), "other media after writing")
        for each in description.media {
            guard let sound = each.audioTrack else { continue }
            let ours = sound.mediaDescription(control: "track2")
            try require(ours.audioTrack?.isSameSound(as: sound) == true, "another sound in the feed's own SDP")
        }
        guard let track = description.videoTrack else { return }
        try require(track.payloadType < 128, "a payload type of \(track.payloadType)")
        for set in track.parameterSets {
            try require((1...8_192).contains(set.count), "a parameter set of \(set.count) bytes")
            try require(StartCode.units(in: set.span.bytes).count == 1, "a parameter set with a start code in it")
        }
        try feed(track)
    }

    /// What players are told of it is what the camera told.
    private static func feed(_ track: VideoTrack) throws(BrokenInvariant) {
        var store = ParameterSetStore(codec: track.codec)
        store.replace(with: track.parameterSets)
        try PayloadFuzz.check(store)
        let description = FeedDescription(codec: track.codec, parameterSets: store.sets)
        let served = try? SessionDescription.parse(description.sdp).videoTrack
        try require(
            served?.codec == track.codec && served?.payloadType == AccessUnitAssembler.payloadType,
            "the feed's own SDP names no such track")
        // A name of our SDP is read up to 16 sets.
        if store.sets.count <= 16 {
            try require(Set(served?.parameterSets ?? []) == Set(store.sets), "the feed's own SDP holds other parameter sets")
        }
        try movie(description)
    }

    static func movie(_ description: FeedDescription) throws(BrokenInvariant) {
        guard let parameters = description.parameters else { return }
        try require(
            (1...16_384).contains(parameters.width) && (1...16_384).contains(parameters.height), "a picture of impossible size")
        guard let writer = FragmentWriter(parameters: parameters, feedNumber: 1) else { return }
        try Box.check(writer.header, kinds: ["ftyp", "moov"])
        try require(writer.mimeType.allSatisfy(\.isASCII), "a MIME type that is not ASCII")
    }

    private static func controls(_ bytes: [UInt8]) throws(BrokenInvariant) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        func line(_ index: Int) -> String? { lines.indices.contains(index) && !lines[index].isEmpty ? lines[index] : nil }
        let request = "rtsp://192.0.2.1:554/live?channel=1"
        let url = ControlURL.resolve(control: line(0), contentBase: line(1), contentLocation: line(2), requestURI: request)
        try require(url.contains("://"), "a control URL that is not absolute: \(url)")
        let bare = ControlURL.resolve(control: nil, contentBase: nil, contentLocation: nil, requestURI: request)
        try require(bare == request, "nothing named, and not the request's own URL")
        if case .success(let parsed)? = line(0).map(StreamURL.parse) {
            try require(StreamURL.parse(parsed.url.unredacted).map(\.url) == .success(parsed.url), "another URL after writing")
        }
    }

    private static func units(_ bytes: [UInt8], codec: VideoCodec) throws(BrokenInvariant) {
        for range in StartCode.units(in: bytes.span.bytes) {
            try require(!range.isEmpty && range.upperBound <= bytes.count, "a unit beyond its bytes")
        }
        if let parameters = codec == .h264 ? ParameterSets.h264(sps: bytes) : ParameterSets.h265(sps: bytes) {
            try require(
                (1...16_384).contains(parameters.width) && (1...16_384).contains(parameters.height), "a picture of impossible size")
            try require((0...16).contains(parameters.reorderDepth ?? 0), "a reorder depth of \(parameters.reorderDepth ?? 0)")
            try require((0.01...1_000).contains(parameters.frameRate ?? 1), "\(parameters.frameRate ?? 0) frames a second")
        }
        if let id = ParameterSetID(bytes, codec: codec) {
            try require(
                (0...255).contains(id.number) && (0...31).contains(id.sequence ?? 0), "a parameter set of number \(id.number)")
        }
        if let distance = RecoveryPoint.distance(in: bytes.span.bytes, codec: codec) {
            try require(distance >= 0, "a recovery point \(distance) pictures away")
        }
        for start in 0...4 {
            guard let head = SliceHead(bytes.span.bytes, from: start, isKey: start & 1 == 0, codec: codec) else { continue }
            try require((0...255).contains(head.parameterSet), "a slice of parameter set \(head.parameterSet)")
        }
        var store = ParameterSetStore(codec: codec)
        for range in StartCode.units(in: bytes.span.bytes) { store.note(unit: bytes.span.bytes.extracting(range)) }
        try PayloadFuzz.check(store)
        try movie(FeedDescription(codec: codec, parameterSets: store.sets))
    }
}

/// Boxes of ISO/IEC 14496-12, as far as their sizes go.
enum Box {
    static func check(_ buffer: ByteBuffer, kinds: [String]) throws(BrokenInvariant) {
        var buffer = buffer
        for kind in kinds {
            guard let size = buffer.readInteger(as: UInt32.self), let name = buffer.readString(length: 4), size >= 8,
                buffer.readSlice(length: Int(size) - 8) != nil
            else { throw BrokenInvariant(description: "a box is cut, where \(kind) is due") }
            try require(name == kind, "a box «\(name)» instead of «\(kind)»")
        }
        try require(buffer.readableBytes == 0, "\(buffer.readableBytes) bytes behind the last box")
    }
}
