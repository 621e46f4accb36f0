/// Whoever plays what a client receives.
///
/// ## Concurrency model
/// Every call is made on the connection's event loop. A call may call ``RTSPClient/close()``.
package protocol RTSPClientDelegate: AnyObject {
    /// Before any packet: what is played. Again, before any packet of video, where sound stood in the way, or another transport
    /// had to be tried, and the client began anew.
    func clientDescribed(_ presentation: RTSPClientPresentation)
    /// The camera agreed to PLAY. Packets may have come before.
    func clientPlaying()
    /// One RTP packet of the video track with its header, as it came: unchecked. The bytes are valid only during the call.
    /// This is the packet path: no allocation, no hop.
    func clientReceived(packet: RawSpan)
    /// RTCP packets of the video track, unchecked; valid only during the call.
    func clientReceived(control: RawSpan)
    /// Where sound is wanted, after ``clientDescribed(_:)``: it comes too, or why not.
    func clientHas(audio: RTSPClientAudio)
    /// One RTP packet of the audio track, as ``clientReceived(packet:)``.
    func clientReceived(audio packet: RawSpan)
    /// RTCP packets of the audio track.
    func clientReceived(audioControl: RawSpan)
    /// The bytes of one read have all been delivered; only after reads that held packets.
    func clientReadComplete()
    /// The last call, exactly once, never from within ``RTSPClient/close()``.
    func clientClosed(_ error: RTSPClientError)
}

/// Who wants no sound hears of none.
extension RTSPClientDelegate {
    package func clientHas(audio: RTSPClientAudio) {}
    package func clientReceived(audio packet: RawSpan) {}
    package func clientReceived(audioControl: RawSpan) {}
}
