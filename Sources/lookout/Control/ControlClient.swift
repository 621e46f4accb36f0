import Foundation
import GatewayCore

/// Speaks HTTP to a running gateway over `DATA/control.sock`, whose door lets in the daemon's own user and root.
///
/// One request a connection, blocking: for commands, never inside the daemon.
struct ControlClient {
    private static let timeLimitSeconds = 30
    private static let answerLimitBytes = 64 << 20

    let socketPath: String

    /// The client of the gateway that answers on the folder's socket; `nil` if none does.
    init?(dataDirectory: String) {
        socketPath = URL(filePath: dataDirectory, directoryHint: .isDirectory).absoluteURL.appending(path: "control.sock").path
        guard let descriptor = Self.dial(socketPath) else { return nil }
        close(descriptor)
    }

    /// - Parameter path: below `/api/v1/`.
    /// - Throws: the gateway's own error, as `GatewayError`.
    func request<Answer: Decodable>(
        _ method: String, _ path: String, body: (some Encodable)?, as type: Answer.Type
    ) throws -> Answer {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: try bytes(method, path, body: body.map { try JSONEncoder().encode($0) } ?? Data()))
    }

    /// The answer's body as it came, for files.
    ///
    /// - Throws: the gateway's own error, as `GatewayError`.
    func bytes(_ method: String, _ path: String, body: Data = Data()) throws -> Data {
        let (status, bytes) = try exchange(method, path, body)
        guard (200..<300).contains(status) else {
            if let fault = try? JSONDecoder().decode(ErrorAnswer.self, from: bytes).error {
                throw GatewayError(.failed, fault.reason ?? fault.code, fault.message, remedy: fault.remedy)
            }
            throw GatewayError(.failed, "control", "the gateway answered \(status) to \(method) \(path)")
        }
        return bytes
    }

    func get<Answer: Decodable>(_ path: String, as type: Answer.Type) throws -> Answer {
        try request("GET", path, body: nil as String?, as: type)
    }

    /// Every item of a list, page by page.
    func items<Item: Decodable>(_ path: String, of type: Item.Type) throws -> [Item] {
        var items: [Item] = []
        var cursor: String?
        repeat {
            let joint = path.contains("?") ? "&" : "?"
            let page = try get(path + (cursor.map { "\(joint)cursor=\($0)" } ?? ""), as: Page<Item>.self)
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil
        return items
    }

    private struct Page<Item: Decodable>: Decodable {
        let items: [Item]
        let nextCursor: String?
    }

    private struct ErrorAnswer: Decodable {
        struct Fault: Decodable {
            let code: String
            let reason: String?
            let message: String
            let remedy: String?
        }
        let error: Fault
    }

    private func exchange(_ method: String, _ path: String, _ body: Data) throws -> (status: Int, body: Data) {
        guard let descriptor = Self.dial(socketPath) else {
            throw GatewayError(.unavailable, "control", "the gateway does not answer on \(socketPath)", remedy: "is it running?")
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let head = """
            \(method) /api/v1/\(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r
            Content-Length: \(body.count)\r\n\r\n
            """
        try handle.write(contentsOf: Data(head.utf8) + body)
        var answer = Data()
        while let bytes = try handle.read(upToCount: 65_536), !bytes.isEmpty, answer.count <= Self.answerLimitBytes {
            answer += bytes
        }
        guard let parsed = HTTPAnswer(answer) else {
            throw GatewayError(.failed, "control", "the gateway's answer to \(method) \(path) broke off", remedy: "try again")
        }
        return (parsed.status, parsed.body)
    }

    private static func dial(_ path: String) -> Int32? {
        guard var address = sockaddr_un(path: path) else { return nil }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var limit = timeval(tv_sec: timeLimitSeconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
