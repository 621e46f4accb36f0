import Foundation
import Testing
import Yams

@testable import lookout

/// `lookout.sample.yaml` is the manual: it must name every key that the code reads, no other, with the true default,
/// under a comment.
@Suite struct SampleConfigurationTests {
    private let text: String

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        text = try String(contentsOf: root.appendingPathComponent("lookout.sample.yaml"), encoding: .utf8)
    }

    private func leaves(_ node: Node?, below prefix: String = "") -> [String: String] {
        guard let mapping = node?.mapping else { return [String(prefix.dropLast()): node?.scalar?.string ?? ""] }
        return mapping.reduce(into: [:]) { found, pair in
            found.merge(leaves(pair.value, below: prefix + (pair.key.scalar?.string ?? "?") + ".")) { $1 }
        }
    }

    @Test func keysAndDefaultsAreThoseOfTheCode() throws {
        let (sample, keys) = try GatewayConfiguration.parse(text, file: "lookout.sample.yaml")
        #expect(try sample == GatewayConfiguration.parse("", file: "empty").configuration)
        let written = leaves(try Yams.compose(yaml: text))
        let read = keys.reduce(into: [:]) { $0[$1.path] = $1.defaultText.trimmingCharacters(in: ["\""]) }
        #expect(written == read)
    }

    @Test func everyKeyHasAComment() {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
        for (index, line) in lines.enumerated().dropFirst() where !line.isEmpty && !line.hasPrefix("#") {
            #expect(lines[index - 1].hasPrefix("#"), "no comment above «\(line)»")
        }
    }

    /// The range in the comment above a number is the one that the code holds to.
    @Test func rangesAreThoseOfTheCode() throws {
        let (_, keys) = try GatewayConfiguration.parse("", file: "empty")
        for key in keys where key.allowed.hasPrefix("a whole number") {
            let numbers = key.allowed.split(separator: " ").compactMap { Int($0) }
            let range = "\(numbers[0]) to \(numbers[1])"
            let name = key.path.split(separator: ".").last.map(String.init) ?? key.path
            let section = key.path.split(separator: ".").first.map(String.init) ?? ""
            let start = try #require(text.range(of: "\n\(section):"))
            let line = try #require(text.range(of: "\n  \(name):", range: start.lowerBound..<text.endIndex))
            let comment = text[..<line.lowerBound].split(separator: "\n").reversed().prefix {
                $0.trimmingCharacters(in: .whitespaces).hasPrefix("#")
            }
            #expect(comment.joined().contains(range), "\(key.path): \(range)")
        }
    }
}
