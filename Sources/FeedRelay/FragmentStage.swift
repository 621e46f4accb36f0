import Foundation
import GatewayCore
import NIOCore

/// Makes fragments of a feed's access units while a browser or a recorder wants them, and not otherwise.
///
/// Muxes once for all; holds the messages of the current GOP for those who come later. Confined to the feed's loop.
struct FragmentStage {
    private var writer: FragmentWriter
    private let feedNumber: UInt32
    private var backlog: [MediaFragment] = []
    private let backlogLimit: Int
    private var backlogBytes = 0
    private var last: (time: MediaTime, distance: MediaTime)?
    private let origin: MediaTime
    private var sound: SoundTrack?

    /// `nil` if the parameter sets are missing or cannot be read.
    init?(
        parameters: VideoParameters, feedNumber: UInt32, origin: MediaTime, backlogLimit: Int, sound: FeedDescription.Sound? = nil
    ) {
        let track = sound.flatMap { SoundTrack($0, start: origin) }
        guard let writer = FragmentWriter(parameters: parameters, feedNumber: feedNumber, sound: track?.format) else { return nil }
        self.sound = track
        self.writer = writer
        self.feedNumber = feedNumber
        self.origin = origin
        self.backlogLimit = backlogLimit
    }

    var parameters: VideoParameters { writer.parameters }
    var mimeType: String { writer.mimeType }

    var start: FragmentStart {
        FragmentStart(
            initSegment: writer.header, mimeType: writer.mimeType, parameters: parameters,
            message: ConsoleMessage.initialization(feed: feedNumber, mimeType: writer.mimeType, segment: writer.header),
            backlog: backlog)
    }

    /// Sound that came without a picture, for the next fragment.
    mutating func append(_ batch: AudioBatch) { sound?.append(batch) }

    /// Sound that was encoded for it, for the next fragment.
    mutating func append(encoded unit: RawSpan, at time: Int64, era: Int) { sound?.append(encoded: unit, at: time, era: era) }

    /// `nil` for a unit of which nothing came whole, or whose time is not after that of the unit before.
    mutating func append(_ unit: AccessUnit) -> MediaFragment? {
        if let batch = unit.audio { append(batch) }
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
        guard
            let written =
                writer.write(
                    unit, sinceStart: unit.mediaTime - origin, duration: distance, sound: sound?.take(with: unit.mediaTime))
        else {
            return nil
        }
        let age = Double((NIODeadline.now() - unit.arrival).nanoseconds) / 1e9
        let fragment = MediaFragment(written, of: unit, wallTime: Date(timeIntervalSinceNow: -age))
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
