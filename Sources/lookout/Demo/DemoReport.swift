import Foundation

/// What the demo says when it is ready.
struct DemoReport: Encodable {
    let console: String
    let rtsp: String
    let accounts: [DemoAccounts.Entry]
    /// Identity of the incident.
    let incident: String

    func print(asJSON: Bool) throws {
        guard asJSON else { return StandardStreams.output(text) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        StandardStreams.output(String(decoding: try encoder.encode(self), as: UTF8.self))
    }

    private var text: String {
        let width = accounts.map(\.name.count).max() ?? 0
        let rows = accounts.map { "  " + $0.name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.password }
        return
            (["", "Lookout is ready.", "", "  console   \(console)", "  RTSP      \(rtsp)", "", "accounts"] + rows + [
                "", "Ctrl-C ends the demo.",
            ])
            .joined(separator: "\n")
    }
}
