import Foundation
import GatewayCore
import Hummingbird

/// JSON as this API writes and reads it: camelCase, times as RFC 3339 with offset and milliseconds.
enum WireCoding {
    static func encode(_ value: some Encodable) throws -> ByteBuffer {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(WireCoding.text(of: date))
        }
        return ByteBuffer(bytes: try encoder.encode(value))
    }

    /// - Throws: ``GatewayError`` `invalid` that names the field.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: ByteBuffer) throws -> Value {
        guard bytes.readableBytes > 0 else {
            throw GatewayError(.invalid, "bodyMissing", "请求缺少 JSON 正文。", remedy: "请附上 JSON 对象。")
        }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            guard let date = WireCoding.date(from: try container.decode(String.self)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected an RFC 3339 time with offset")
            }
            return date
        }
        do {
            return try decoder.decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError {
            throw fault(of: error)
        }
    }

    static func text(of date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .current))
    }

    static func date(from text: String) -> Date? {
        (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text))
    }

    private static func fault(of error: DecodingError) -> GatewayError {
        let (path, what): ([any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (context.codingPath + [key], "缺少该字段")
            case .valueNotFound(_, let context): (context.codingPath, "不能为 null")
            case .typeMismatch(let type, let context): (context.codingPath, "类型应为 \(name(of: type))")
            case .dataCorrupted(let context): (context.codingPath, context.codingPath.isEmpty ? "不是合法的 JSON" : "值不合规定")
            @unknown default: ([], "不是合法的 JSON")
            }
        let field = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        guard !field.isEmpty else {
            return GatewayError(.invalid, "bodyMalformed", "请求正文\(what)。", remedy: "请发送一个 JSON 对象。")
        }
        return GatewayError(
            .invalid, "fieldInvalid", "字段「\(field)」\(what)。", remedy: "请更正该字段后重试。", details: ["field": field])
    }

    private static func name(of type: any Any.Type) -> String {
        switch type {
        case is String.Type: "字符串"
        case is Bool.Type: "布尔值"
        case is Int.Type, is Double.Type: "数字"
        case is any Collection.Type: "数组或对象"
        default: "所要求的类型"
        }
    }
}
