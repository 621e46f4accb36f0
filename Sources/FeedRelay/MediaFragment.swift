import Foundation
import GatewayCore
import NIOCore

/// One access unit as fMP4, made once for all who want it.
package final class MediaFragment: Sendable {
    /// `moof` and `mdat`.
    package let bytes: ByteBuffer
    /// `bytes` as a chunk of a plain fMP4 response. Shared by all of them.
    let plainChunk: ByteBuffer
    /// The message of the consoles' connection: 16-byte prefix and `bytes`, chunk-framed. Shared by all consoles.
    let message: ByteBuffer
    package let isKey: Bool
    package let mediaTime: MediaTime
    /// Wall time at which the camera's picture was read.
    package let wallTime: Date
    let arrival: NIODeadline

    init(_ written: FragmentWriter.Written, of unit: AccessUnit, wallTime: Date) {
        bytes = written.bytes
        plainChunk = written.plainChunk
        message = written.message
        isKey = unit.isKey
        mediaTime = unit.mediaTime
        self.wallTime = wallTime
        arrival = unit.arrival
    }
}

/// What a fragment viewer or recorder needs before the first fragment, and again when the camera's parameters change.
package struct FragmentStart: Sendable {
    /// `ftyp` and `moov`.
    package let initSegment: ByteBuffer
    /// `video/mp4; codecs="…"`
    package let mimeType: String
    package let parameters: VideoParameters
    let message: ByteBuffer
    /// The cached GOP, key picture first; empty if nothing is cached.
    package let backlog: [MediaFragment]
}

/// A viewer of fragments: a console's cell or a plain fMP4 response. Confined to the event loop of its connection.
protocol FragmentViewer: AnyObject, Sendable {
    var grant: ViewGrant { get }
    var isGone: Bool { get }
    func begin(_ start: FragmentStart)
    func deliver(_ fragment: MediaFragment)
    func deliver(_ state: FeedState)
    func overdue(now: NIODeadline, date: Date, stallTime: TimeAmount) -> ViewEndReason?
    var medium: ViewMedium { get }
    var peer: String { get }
    var meter: ViewerMeter { get set }
    var output: HTTPMediaOutput? { get }
    func end(_ reason: ViewEndReason)
}

extension FragmentViewer {
    var figures: ViewerFigures { ViewerFigures(grant, medium, peer: peer, meter, queuedBytes: output?.pendingBytes ?? 0) }

    func takeTally(into tally: inout ViewerTally, now: NIODeadline) {
        meter.take(into: &tally, position: output?.written ?? 0, pending: output?.pendingBytes ?? 0, now: now)
    }
}

/// Takes a feed's fragments off the media plane: a recorder. Called on the feed's event loop; must not block.
package protocol FragmentSink: AnyObject, Sendable {
    /// A run begins: fragments follow, the cached ones first. Called again after ``runEnded(_:)``.
    func runBegan(_ start: FragmentStart)
    func append(_ fragment: MediaFragment)
    func runEnded(_ reason: RunEndReason)
}

/// Why a run of fragments ended.
package enum RunEndReason: String, Sendable, Codable {
    /// The camera's connection was lost.
    case feedLost
    /// The camera changed its parameters: a new run begins.
    case parametersChanged
    /// Nobody wants the recording any more.
    case detached
    /// The recorder could not take more: its queue was full or its disk.
    case overflow
    case shutdown
}
