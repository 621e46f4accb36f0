import CFFmpeg
import Foundation

/// What an error of libavformat says about the stream.
enum StreamFailure {
    /// - Parameter isLate: its deadline is past: some protocols give that another name.
    static func end(of error: FFmpegError, isLate: Bool) -> StreamEnd {
        switch ffmpeg_http_status(error.code) {
        case 401, 403: return StreamEnd(.unauthorized, "the server refuses the request")
        case 404: return StreamEnd(.notFound, "the server has no such stream")
        case 400, 499: return StreamEnd(.protocolError, "the server takes the request for a wrong one")
        case 500: return StreamEnd(.protocolError, "the server has an error of its own")
        default: break
        }
        switch ffmpeg_rtmp_refused() {
        case 1: return StreamEnd(.protocolError, "the RTMP server refuses the stream")
        case 2: return StreamEnd(.notFound, "the RTMP server has no such stream")
        case 3: return StreamEnd(.unauthorized, "the RTMP server demands credentials")
        default: break
        }
        if isLate { return StreamEnd(.timeout, "the server did not go on in time") }
        switch error.code {
        case ffmpeg_error_exit(), -ETIMEDOUT: return StreamEnd(.timeout, "the server did not go on in time")
        case -ECONNREFUSED, -EHOSTUNREACH, -ENETUNREACH: return StreamEnd(.unreachable, "no connection")
        case -EACCES, -EPERM: return StreamEnd(.redirected, "it leads to where the gateway does not go")
        case ffmpeg_error_invalid_data(), ffmpeg_error_demuxer_not_found():
            return StreamEnd(.protocolError, "what the server sends is no stream that is known")
        case ffmpeg_error_protocol_not_found(), -EINVAL:
            return StreamEnd(.unsupported, "the stream leads to a protocol that is not carried")
        case ffmpeg_error_end_of_file(), -EIO, -ECONNRESET, -EPIPE:
            return StreamEnd(.protocolError, "the server closed the connection")
        default: return StreamEnd(.protocolError, "the stream cannot be read: \(error.message)")
        }
    }
}
