/// How a simulated camera misbehaves. Each is a real camera's habit.
package enum CameraFault: Sendable, Codable, Equatable {
    /// DESCRIBE is never answered.
    case hang
    /// PLAY is answered, and nothing comes.
    case silent
    /// DESCRIBE is answered by 404.
    case notFound
    /// DESCRIBE is answered by 302 with this `Location`; its own address makes a loop.
    case redirect(location: String)
    /// The connection ends after so many pictures, wherever in a GOP that is.
    case die(afterPictures: Int)
    /// After so many pictures RTP turns into random bytes, framing and all.
    case garbage(afterPictures: Int)
    /// The marker bit is never set.
    case noMarker
    /// Parameter sets come in the stream only, never in the SDP.
    case noParameterSetsInDescription
}
