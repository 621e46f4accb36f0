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
}
