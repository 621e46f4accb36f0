/// How long FFmpeg looks at a feed, and what for.
package struct ProbeOptions: Sendable, Codable, Hashable {
    /// From the beginning to the end, at the latest.
    package var deadline: Duration
    /// How long frames are counted from the first key frame on; the deadline may cut it short.
    package var window: Duration
    /// Ends the window with the second key frame: by then every figure is known.
    package var endsWithSecondKeyFrame: Bool
    /// Where times to first packet and key frame count from, in nanoseconds of the monotonic clock; `nil`: the beginning.
    package var startNanoseconds: UInt64?
    /// Width of the JPEG of the first key frame; `nil`: none is made.
    package var thumbnailWidth: Int?

    package init(
        deadline: Duration = .seconds(10), window: Duration = .seconds(3), endsWithSecondKeyFrame: Bool = false,
        startNanoseconds: UInt64? = nil, thumbnailWidth: Int? = nil
    ) {
        self.deadline = deadline
        self.window = window
        self.endsWithSecondKeyFrame = endsWithSecondKeyFrame
        self.startNanoseconds = startNanoseconds
        self.thumbnailWidth = thumbnailWidth
    }
}
