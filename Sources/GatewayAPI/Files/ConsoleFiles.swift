import Foundation
import GatewayCore
import HTTPTypes
import Hummingbird

/// The console's own files and the libraries that the distribution installs, by GET and HEAD.
///
/// A path is taken apart into plain names before it meets the file system: anything that is not letters, digits, `.`, `_`
/// or `-`, or that begins with a dot, names no file here. What a name resolves to must lie under its root.
/// A path without a file extension that names no file is a page of the console and gets `index.html`.
struct ConsoleFiles: Sendable {
    private let consoleRoot: String
    private let leafletRoot: String
    private let tileURL: String
    private let delivery = FileDelivery()

    /// - Parameter tileURL: written into the page's `lookout-tiles` element; empty leaves the page as it is.
    init(consoleDirectory: String, leafletDirectory: String, tileURL: String) {
        self.tileURL = tileURL
        consoleRoot = Self.resolved(consoleDirectory) ?? consoleDirectory
        leafletRoot = Self.resolved(leafletDirectory) ?? leafletDirectory
    }

    func respond(to request: Request, context: APIContext) async throws -> Response {
        let path = request.uri.path
        guard let names = Self.names(of: path) else { throw Self.missing(path) }
        switch names.first {
        case "api", "media", "healthz", "readyz", "metrics": throw Self.missing(path)
        case "vendor":
            guard names.count >= 3, names[1] == "leaflet", let file = file(under: leafletRoot, names.dropFirst(2)) else {
                throw Self.missing(path)
            }
            return try await deliver(file, cacheControl: "public, max-age=86400", request, context)
        default:
            if let file = file(under: consoleRoot, names[...]) {
                if names == ["index.html"] { return try await page(file, request, context) }
                return try await deliver(file, cacheControl: "no-cache", request, context)
            }
            let isPage = names.last.map { !$0.contains(".") } ?? true
            guard isPage, let index = file(under: consoleRoot, ["index.html"]) else { throw Self.missing(path) }
            return try await page(index, request, context)
        }
    }

    /// The plain names of a path; `nil` if one of them is not plain.
    static func names(of path: String) -> [String]? {
        guard let decoded = PercentEncoding.decoded(path), decoded.utf8.count <= 1_024 else { return nil }
        let names = decoded.split(separator: "/").map(String.init)
        let isPlain = names.allSatisfy { name in
            !name.hasPrefix(".")
                && name.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
        return isPlain ? names : nil
    }

    private func file(under root: String, _ names: ArraySlice<String>) -> String? {
        guard !names.isEmpty, let file = Self.resolved(root + "/" + names.joined(separator: "/")), file.hasPrefix(root + "/") else {
            return nil
        }
        var status = stat()
        guard stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return file
    }

    /// The console's page, with what it must know of this installation filled in.
    private func page(_ file: String, _ request: Request, _ context: APIContext) async throws -> Response {
        guard !tileURL.isEmpty else { return try await deliver(file, cacheControl: "no-cache", request, context) }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { throw Self.missing(request.uri.path) }
        let filled = text.replacing(Self.tileElement + "\"\"", with: Self.tileElement + "\"\(Self.escaped(tileURL))\"")
        let headers: HTTPFields = [.contentType: Self.contentType(of: file), .cacheControl: "no-cache"]
        let response = Response(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(string: filled)))
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static let tileElement = "name=\"lookout-tiles\" content="

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
    }

    private func deliver(_ file: String, cacheControl: String, _ request: Request, _ context: APIContext) async throws -> Response {
        try await delivery.response(
            file: file, contentType: Self.contentType(of: file), cacheControl: cacheControl, request: request, context: context)
    }

    private static func resolved(_ path: String) -> String? {
        guard let pointer = realpath(path, nil) else { return nil }
        defer { free(pointer) }
        return String(validatingCString: pointer)
    }

    private static func missing(_ path: String) -> GatewayError {
        GatewayError(.notFound, "noSuchResource", "没有这个地址:\(path.prefix(200))")
    }

    private static func contentType(of file: String) -> String {
        switch file.split(separator: ".").last.map({ $0.lowercased() }) {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "json", "map": "application/json; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "webp": "image/webp"
        case "ico": "image/x-icon"
        case "woff2": "font/woff2"
        case "webmanifest": "application/manifest+json"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}

extension ConsoleFiles {
    /// Where the build put the console: beside the executable, where an installation has it, else in the build folder.
    static var builtInDirectory: String {
        let beside = Bundle.main.bundleURL.appending(path: "lookout_GatewayAPI.resources/Console").path
        if FileManager.default.fileExists(atPath: beside) { return beside }
        return Bundle.module.bundleURL.appending(path: "Console").path
    }
}
