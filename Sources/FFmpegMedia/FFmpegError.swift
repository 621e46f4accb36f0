import CFFmpeg

/// A call of FFmpeg that failed, or input that it was not given because it could not have been used.
///
/// `message` comes from FFmpeg's table of error codes or from this module; it never quotes an address.
package struct FFmpegError: Error, Sendable, Hashable, CustomStringConvertible {
    /// FFmpeg's negative error code.
    package let code: CInt
    package let message: String
    /// What was attempted, in words: `open H.264 decoder`.
    package let operation: String

    package init(code: CInt, message: String, operation: String) {
        self.code = code
        self.message = message
        self.operation = operation
    }

    init(code: CInt, operation: String) {
        var text = [CChar](repeating: 0, count: 128)
        av_strerror(code, &text, text.count)
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        self.init(code: code, message: String(decoding: bytes, as: UTF8.self), operation: operation)
    }

    static func invalidArgument(_ message: String, operation: String) -> Self {
        Self(code: ffmpeg_error_invalid_argument(), message: message, operation: operation)
    }

    static func noMemory(operation: String) -> Self { Self(code: ffmpeg_error_no_memory(), operation: operation) }

    package var description: String { "\(operation): \(message) (\(code))" }
}

/// The result of one FFmpeg call, thrown if negative.
@discardableResult
func check(_ result: CInt, _ operation: @autoclosure () -> String) throws(FFmpegError) -> CInt {
    guard result >= 0 else { throw FFmpegError(code: result, operation: operation()) }
    return result
}

/// The pointer of one FFmpeg allocation, thrown if null.
func allocated<T>(
    _ pointer: UnsafeMutablePointer<T>?, _ operation: @autoclosure () -> String
) throws(FFmpegError)
    -> UnsafeMutablePointer<T>
{
    guard let pointer else { throw FFmpegError.noMemory(operation: operation()) }
    return pointer
}
