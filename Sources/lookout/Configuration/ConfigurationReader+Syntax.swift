import Yams

extension ConfigurationReader {
    /// What the YAML parser objected to, with its line.
    static func syntaxFault(_ error: any Error) -> ConfigurationFault {
        let remedy = "mend the YAML; indent with spaces, quote values that hold «: » or «#»"
        return switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            ConfigurationFault(path: "", line: mark.line, message: problem, remedy: remedy)
        case .duplicatedKeysInMapping(let duplicates, let context):
            ConfigurationFault(
                path: duplicates.sorted().joined(separator: ", "), line: context.mark.line, message: "given more than once",
                remedy: "keep one")
        case .reader(let problem, _, _, _):
            ConfigurationFault(path: "", line: nil, message: problem, remedy: "save the file as UTF-8")
        default:
            ConfigurationFault(path: "", line: nil, message: "not readable as YAML", remedy: remedy)
        }
    }

    /// The document, and the keys that stand in it more than once.
    ///
    /// Yams gives up a whole document for one doubled key. So the later one is marked in the text, under a name that no file
    /// uses and in the same place, and the text read again, until no key is doubled: each then has its own line, and every
    /// other fault is found as well. What is not found in the text, as in `{a: 1, a: 2}`, stays a fault of the document.
    static func compose(_ text: String) throws -> Node? {
        var lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }.map(String.init)
        var doubled = 0
        while true {
            do {
                return try Yams.compose(yaml: doubled == 0 ? text : lines.joined(separator: "\n"))
            } catch let error as YamlError {
                guard case .duplicatedKeysInMapping(let keys, let context) = error, let key = keys.sorted().first, doubled < 100,
                    let line = secondLine(of: key, in: lines, first: context.mark)
                else { throw error }
                let indent = lines[line].prefix { $0 == " " }
                lines[line] = indent + doublePrefix + "\(doubled)-" + lines[line].dropFirst(indent.count)
                doubled += 1
            }
        }
    }

    /// The key's name in the file, if it is one that ``compose(_:)`` has marked.
    static func doubledName(_ key: String) -> String? {
        guard key.hasPrefix(doublePrefix), let dash = key.dropFirst(doublePrefix.count).firstIndex(of: "-") else { return nil }
        return String(key[key.index(after: dash)...])
    }

    private static let doublePrefix = "\u{E000}doubled-"

    /// Index of the line on which a block mapping has the key again. Marks count from 1.
    private static func secondLine(of key: String, in lines: [String], first: Mark) -> Int? {
        guard first.line >= 1, first.line < lines.count else { return nil }
        for index in first.line..<lines.count {
            let indent = lines[index].prefix { $0 == " " }.count
            let rest = lines[index].dropFirst(indent)
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            if indent < first.column - 1 { return nil }
            guard indent == first.column - 1, rest.hasPrefix(key) else { continue }
            if rest.dropFirst(key.count).drop(while: { $0 == " " }).first == ":" { return index }
        }
        return nil
    }
}
