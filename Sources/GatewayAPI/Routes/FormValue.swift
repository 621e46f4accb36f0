import GatewayCore

/// One member of a dossier as a client sends it, before it is known what it means.
enum FormValue: Decodable, Sendable {
    case empty
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([[String: FormValue]])
    case object([String: FormValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .empty
        } else if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .text(value)
        } else if let value = try? container.decode([[String: FormValue]].self) {
            self = .list(value)
        } else {
            self = .object(try container.decode([String: FormValue].self))
        }
    }

    /// As the cell of an inventory file has it; `nil` for what no cell can hold.
    func cell(yes: String = "是", no: String = "否") -> String? {
        switch self {
        case .empty: ""
        case .flag(let value): value ? yes : no
        case .number(let value): Int64(exactly: value).map(String.init) ?? String(value)
        case .text(let text): text
        case .list, .object: nil
        }
    }
}
