import FFmpegMedia
import Foundation
import GatewayCore
import NIOCore
import RTSP

/// Makes fragments of a feed's access units while a browser or a recorder wants them, and not otherwise.
///
/// Muxes once for all; holds the messages of the current GOP for those who come later. Confined to the feed's loop.
struct FragmentStage {
    private let fragmenter: Fragmenter
    let parameters: VideoParameters
    private let feedNumber: UInt32
    private var backlog: [MediaFragment] = []
    private let backlogLimit: Int
    private var backlogBytes = 0
    private var last: (time: MediaTime, distance: MediaTime)?
    private let origin: MediaTime
    private(set) var failedUnits = 0

    init(parameters: VideoParameters, feedNumber: UInt32, origin: MediaTime, backlogLimit: Int) throws(FFmpegError) {
        self.parameters = parameters
        self.feedNumber = feedNumber
        self.origin = origin
        self.backlogLimit = backlogLimit
        self.fragmenter = try Fragmenter(parameters: parameters)
    }

    var mimeType: String { fragmenter.mimeType }

    var start: FragmentStart {
        FragmentStart(
            initSegment: fragmenter.initSegment, mimeType: fragmenter.mimeType, parameters: parameters,
            message: ConsoleMessage.initialization(
                feed: feedNumber, mimeType: fragmenter.mimeType, segment: fragmenter.initSegment), backlog: backlog)
    }

    /// `nil` for a unit of which nothing came whole, or whose time is not after that of the unit before.
    mutating func append(_ unit: AccessUnit) throws(FFmpegError) -> MediaFragment? {
        if let last, unit.mediaTime <= last.time { return nil }
        let distance: MediaTime
        if let last {
            let step = unit.mediaTime - last.time
            // The hole of a reconnect is no frame distance.
            distance = step < MediaTime(ticks: MediaTime.ticksPerSecond) ? step : last.distance
        } else {
            distance = MediaTime(ticks: MediaTime.ticksPerSecond / 25)
        }
        last = (unit.mediaTime, distance)
        let sample = unit.sample(codec: parameters.codec)
        guard sample.readableBytes > 0 else {
            failedUnits += 1
            return nil
        }
        let bytes = try fragmenter.fragment(sample: sample, isKey: unit.isKey, decodeTime: unit.mediaTime, duration: distance)
        let age = Double((NIODeadline.now() - unit.arrival).nanoseconds) / 1e9
        let fragment = MediaFragment(
            bytes: bytes,
            message: ConsoleMessage.fragment(
                feed: feedNumber, isKey: unit.isKey, time: unit.mediaTime - origin, fragment: bytes), isKey: unit.isKey,
            mediaTime: unit.mediaTime, wallTime: Date(timeIntervalSinceNow: -age))
        keep(fragment)
        return fragment
    }

    private mutating func keep(_ fragment: MediaFragment) {
        if fragment.isKey {
            backlog.removeAll(keepingCapacity: true)
            backlogBytes = 0
        } else if backlog.isEmpty {
            return
        }
        backlogBytes += fragment.message.readableBytes
        if backlogBytes > backlogLimit { backlog.removeAll() } else { backlog.append(fragment) }
    }
}
