/// `scheme://host:port/target`.
struct MediaURL {
    let text: String
    let scheme: String
    let host: String
    let port: Int
    let target: String

    init(_ text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":"), parts[1].isEmpty else { throw LoadError("«\(text)» is no URL") }
        scheme = String(parts[0].dropLast())
        let authority = parts[2].split(separator: ":")
        host = authority.first.map(String.init) ?? ""
        port = authority.count > 1 ? Int(authority[1]) ?? 0 : scheme == "http" ? 80 : 554
        target = "/" + (parts.count > 3 ? parts[3] : "")
        self.text = text
    }

    /// The URL of the numbered stream: `%04d` becomes its number in four digits, `%h` its host of ``CameraHost``.
    init(template: String, number: Int) throws {
        let digits = String(number)
        let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        let parts = template.split(separator: "%04d", omittingEmptySubsequences: false).joined(separator: padded)
        try self.init(parts.split(separator: "%h", omittingEmptySubsequences: false).joined(separator: CameraHost.address(number)))
    }
}

/// Cameras have addresses of their own, and a gateway treats cameras of one address with care; loopback is wide enough.
enum CameraHost {
    /// 127.0.1.1 for the first camera, 250 of them in each of the following networks.
    static func address(_ number: Int) -> String { "127.0.\(1 + (number - 1) / 250).\(1 + (number - 1) % 250)" }
}
