import CFFmpeg

/// FFmpeg's own log, which may quote addresses and credentials, reaches nobody: only its warnings are counted.
package enum FFmpegLog {
    private static let silenced: Void = ffmpeg_log_silence()

    /// Called by every entry of this module before its first FFmpeg call; the process's log callback is set once.
    static func silence() { silenced }

    /// Messages of level warning or worse since the first call into this module, in the whole process.
    package static var warnings: Int { Int(ffmpeg_log_counted()) }
}
