import Accounts
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// An answer with its body read as JSON.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: String

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = String(buffer: response.body)
    }

    /// What stands at a path of the body: `error.details.field`, `items.0.id`.
    func value(_ path: String) -> Any? {
        var value = try? JSONSerialization.jsonObject(with: Data(body.utf8), options: .fragmentsAllowed)
        for part in path.split(separator: ".") {
            if let list = value as? [Any] {
                guard let index = Int(part), list.indices.contains(index) else { return nil }
                value = list[index]
            } else {
                value = (value as? [String: Any])?[String(part)]
            }
        }
        return value
    }

    func text(_ path: String) -> String? { value(path) as? String }
    func number(_ path: String) -> Int? { value(path) as? Int }
    func isNull(_ path: String) -> Bool { value(path) is NSNull }
    func count(_ path: String) -> Int? { (value(path) as? [Any])?.count }
    var reason: String? { text("error.reason") }
}

extension TestClientProtocol {
    func send(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, headers: HTTPFields = [:], json: String? = nil
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if json != nil { headers[.contentType] = "application/json" }
        let uri = path.hasPrefix("/") ? path : "/api/v1/" + path
        return Answer(
            try await executeRequest(uri: uri, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) }))
    }
}
