/// What the gateway asks of FFmpeg: analysing, decoding, encoding. FFmpeg is never given the network.
///
/// - ``PictureProbe`` and ``SnapshotDecoder`` run on ``MediaThreads``: each call is blocking and ends by its deadline.
/// - ``TestClip`` and ``AnnexBClip`` make and read the pictures that simulated cameras play.
///
/// Whoever owns a feed pushes RTP packets into a `PacketInlet`; nothing here knows RTSP, feeds or incidents. Pointers of
/// FFmpeg have one owner each (`Packet`, `Frame`, `Options`, …), calls are checked one by one, and every
/// failure is a ``FFmpegError``. FFmpeg's own log is silenced: ``FFmpegLog``.
package enum FFmpegMedia {}
