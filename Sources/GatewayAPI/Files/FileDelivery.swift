import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// Answers with a file's bytes: length, ETag, `304`, one `Range`. Reading goes through NIO's thread pool.
struct FileDelivery: Sendable {
    private let reader = FileIO()

    /// - Parameters:
    ///   - file: an absolute path that the caller has vouched for.
    ///   - size: how many of its bytes may be sent; `nil`: all.
    ///   - contentType: the media type to say.
    ///   - cacheControl: how long the answer may be kept.
    /// - Throws: ``GatewayError`` `notFound` if it is not a regular file now.
    func response(
        file: String, size limit: Int? = nil, contentType: String, cacheControl: String, fileName: String? = nil,
        request: Request, context: APIContext
    ) async throws -> Response {
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, let length = Int(exactly: status.st_size) else {
            throw GatewayError(.notFound, "fileMissing", "文件不存在或已被清理。")
        }
        let size = max(0, min(length, limit ?? length))
        let tag =
            "\"\(String(size, radix: 16))-\(String(status.st_mtim.tv_sec, radix: 16)).\(String(status.st_mtim.tv_nsec, radix: 16))\""
        var headers: HTTPFields = [
            .contentType: contentType, .eTag: tag, .cacheControl: cacheControl, .acceptRanges: "bytes",
        ]
        if let fileName { headers[.contentDisposition] = "attachment; filename=\"\(fileName)\"" }
        if let known = request.headers[.ifNoneMatch], known == "*" || known.contains(tag) {
            return Response(status: .notModified, headers: headers)
        }
        // A range on top of another version of the file would splice two of them.
        let isSameVersion = request.headers[.ifRange].map { $0 == tag } ?? true
        switch ByteRange(header: isSameVersion ? request.headers[.range] : nil, size: size) {
        case .notSatisfiable:
            headers[.contentRange] = "bytes */\(size)"
            return Response(status: .rangeNotSatisfiable, headers: headers)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(size)"
            return try await respond(.partialContent, headers, file, range, request, context)
        case .whole:
            guard size > 0 else { return Response(status: .ok, headers: headers) }
            return try await respond(.ok, headers, file, 0...(size - 1), request, context)
        }
    }

    private func respond(
        _ status: HTTPResponse.Status, _ headers: HTTPFields, _ file: String, _ range: ClosedRange<Int>, _ request: Request,
        _ context: APIContext
    ) async throws -> Response {
        var headers = headers
        headers[.contentLength] = String(range.count)
        if request.method == .head { return Response(status: status, headers: headers) }
        let body = try await reader.loadFile(path: file, range: range, context: context)
        return Response(status: status, headers: headers, body: body)
    }
}
