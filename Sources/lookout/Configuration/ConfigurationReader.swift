import Yams

/// Reads a YAML document key by key, remembers which keys the code knows, and collects every fault instead of stopping
/// at the first.
///
/// Each `read…` takes the dotted path, the default and what is allowed. ``finish()`` adds the keys that nobody read.
struct ConfigurationReader {
    private(set) var keys: [ConfigurationKey] = []
    private(set) var faults: [ConfigurationFault] = []
    private let root: Node?

    /// - Parameter text: the file's text; empty text is the configuration of all defaults.
    init(yaml text: String) {
        do {
            root = try Self.compose(text)
        } catch {
            root = nil
            faults.append(Self.syntaxFault(error))
            return
        }
        if let root, root.mapping == nil, root.null == nil {
            faults.append(
                fault("", at: root, "the document is not a mapping", "write «key: value» lines as in lookout.sample.yaml"))
        }
    }

    mutating func string(
        _ path: String, default standard: String, allowed: String, isSecret: Bool = false,
        where isAllowed: (String) -> Bool = { _ in true }
    ) -> String {
        read(path, default: standard, allowed: allowed, isSecret: isSecret, write: { "\"\($0)\"" }) { scalar in
            isAllowed(scalar.string) ? scalar.string : nil
        }
    }

    mutating func integer(_ path: String, default standard: Int, in range: ClosedRange<Int>, unit: String = "") -> Int {
        let suffix = unit.isEmpty ? "" : " \(unit)"
        return read(path, default: standard, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)\(suffix)") {
            $0.style == .plain ? Int($0.string).flatMap { range.contains($0) ? $0 : nil } : nil
        }
    }

    mutating func flag(_ path: String, default standard: Bool) -> Bool {
        read(path, default: standard, allowed: "true or false") { $0.style == .plain ? Bool($0.string) : nil }
    }

    mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ path: String, default standard: Word) -> Word {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return read(path, default: standard, allowed: "one of \(words)", write: \.rawValue) { Word(rawValue: $0.string) }
    }

    /// A rule that spans several keys; the fault stands at `path`.
    mutating func require(_ holds: Bool, _ path: String, _ message: String, _ remedy: String) {
        guard !holds else { return }
        faults.append(fault(path, at: node(at: path), message, remedy))
    }

    /// Adds a fault for each key in the file that no `read…` asked for, and sorts all faults by line.
    mutating func finish() {
        if let mapping = root?.mapping { findUnknown(in: mapping, below: "") }
        faults.sort { ($0.line ?? 0) < ($1.line ?? 0) }
    }

    private mutating func read<Value>(
        _ path: String, default standard: Value, allowed: String, isSecret: Bool = false,
        write: (Value) -> String = { "\($0)" }, parse: (Node.Scalar) -> Value?
    ) -> Value {
        var value = standard
        if let node = node(at: path) {
            if let scalar = node.scalar, let parsed = parse(scalar) {
                value = parsed
            } else {
                let shown = isSecret ? "its value" : node.scalar.map { "«\($0.string.prefix(80))»" } ?? "a list or a section"
                faults.append(fault(path, at: node, "\(shown) is not allowed", "allowed: \(allowed)"))
            }
        }
        let hides = isSecret && !write(value).allSatisfy { $0 == "\"" }
        keys.append(
            ConfigurationKey(
                path: path, defaultText: write(standard), valueText: hides ? "(secret)" : write(value), allowed: allowed,
                isSecret: isSecret))
        return value
    }

    private func node(at path: String) -> Node? {
        var node = root
        for part in path.split(separator: ".") {
            guard let mapping = node?.mapping else { return nil }
            node = mapping.first { $0.key.scalar?.string == String(part) }?.value
        }
        return node
    }

    private mutating func findUnknown(in mapping: Node.Mapping, below prefix: String) {
        let known = keys.map(\.path)
        for (keyNode, value) in mapping {
            let path = prefix + (keyNode.scalar?.string ?? "?")
            if let name = keyNode.scalar.flatMap({ Self.doubledName($0.string) }) {
                faults.append(fault(prefix + name, at: keyNode, "given more than once", "keep one"))
                continue
            }
            if known.contains(path) { continue }
            if known.contains(where: { $0.hasPrefix(path + ".") }) {
                if let section = value.mapping {
                    findUnknown(in: section, below: path + ".")
                } else if value.null == nil {
                    faults.append(
                        fault(path, at: keyNode, "this is a section, not a value", "write its keys on indented lines below it"))
                }
                continue
            }
            let siblings = known.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)).prefix { $0 != "." } }
            let nearest =
                EditDistance.nearest(to: String(path.dropFirst(prefix.count)), in: Set(siblings.map(String.init)).sorted()).map {
                    prefix + $0
                }
                ?? known.first { $0.hasSuffix("." + path) }
            let remedy = nearest.map { "did you mean «\($0)»?" } ?? "remove it; lookout.sample.yaml lists every key"
            faults.append(fault(path, at: keyNode, "unknown key", remedy))
        }
    }

    private func fault(_ path: String, at node: Node?, _ message: String, _ remedy: String) -> ConfigurationFault {
        ConfigurationFault(path: path, line: node?.mark?.line, message: message, remedy: remedy)
    }
}
