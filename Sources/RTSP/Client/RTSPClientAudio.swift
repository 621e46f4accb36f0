/// How the sound of a session stands.
package enum RTSPClientAudio: Hashable, Sendable {
    /// It comes beside the video, on channels of its own.
    case set(AudioTrack, rtp: UInt8, rtcp: UInt8?)
    /// The camera offers none that is carried.
    case none
    /// The camera answered its SETUP with this status, or with what cannot be used (`nil`). The video goes on without it.
    case refused(status: Int?)
    /// With sound the camera gave no video: the client began anew without it.
    case obstructive
}
