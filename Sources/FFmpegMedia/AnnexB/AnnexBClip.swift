import Foundation
import GatewayCore

/// A short video read from an Annex-B file into access units, for a simulated camera to play in a loop.
package struct AnnexBClip: Sendable {
    package struct AccessUnit: Sendable {
        /// In decoding order, without start codes; at least one slice. A key frame brings its parameter sets.
        package var nalUnits: [[UInt8]]
        package var isKey: Bool
    }

    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let description: String
    }

    package let codec: VideoCodec
    package let framesPerSecond: Int
    /// At least one; the first is a key frame.
    package let accessUnits: [AccessUnit]
    /// The parameter sets before the first picture, in decoding order.
    package let parameterSets: [[UInt8]]

    /// A larger file is refused: a clip is held in memory.
    package static let sizeLimit = 256 << 20

    /// Reads a clip written by ``TestClip``, or any Annex-B file of the codec: `.h265` and `.hevc` are H.265, others H.264.
    ///
    /// A file cut off in the middle plays up to where it ends.
    /// - Throws: ``Failure`` if there is no picture in it or it is too large, and what reading the file throws.
    package init(contentsOf file: URL, framesPerSecond: Int = TestClip.framesPerSecond) throws {
        let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
        guard size <= Self.sizeLimit else { throw Failure(description: "\(file.lastPathComponent) is larger than 256 MiB") }
        let codec: VideoCodec = ["h265", "hevc"].contains(file.pathExtension.lowercased()) ? .h265 : .h264
        do {
            try self.init(stream: [UInt8](Data(contentsOf: file)), codec: codec, framesPerSecond: framesPerSecond)
        } catch let failure as Failure {
            throw Failure(description: "\(file.lastPathComponent): \(failure)")
        }
    }

    /// - Throws: if no key frame is in it; what comes before the first one is left out.
    package init(stream: [UInt8], codec: VideoCodec, framesPerSecond: Int) throws(Failure) {
        guard framesPerSecond > 0 else { throw Failure(description: "\(framesPerSecond) frames a second") }
        var units: [AccessUnit] = []
        var parameterSets: [[UInt8]] = []
        var pending: [[UInt8]] = []
        for range in NALUnits.ranges(in: stream) {
            let unit = Array(stream[range])
            switch NALUnits.role(of: unit, codec: codec) {
            case .slice(isFirst: true, let isKey):
                if isKey || !units.isEmpty { units.append(AccessUnit(nalUnits: pending + [unit], isKey: isKey)) }
                pending = []
            case .slice(isFirst: false, _):
                guard let last = units.indices.last else { continue }
                units[last].nalUnits.append(unit)
            case .parameterSet:
                if units.isEmpty { parameterSets.append(unit) }
                pending.append(unit)
            case .other:
                pending.append(unit)
            }
        }
        guard !units.isEmpty, !parameterSets.isEmpty else { throw Failure(description: "no \(codec.rawValue) key frame in it") }
        self.codec = codec
        self.framesPerSecond = framesPerSecond
        self.accessUnits = units
        self.parameterSets = parameterSets
    }

    package var duration: Duration { .seconds(accessUnits.count) / framesPerSecond }
}
