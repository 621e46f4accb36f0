import Foundation

/// The URL of a presentation or track (RFC 2326 section C.1.1), made as cameras expect it rather than by RFC 3986.
package enum ControlURL {
    /// - Parameters:
    ///   - control: `a=control:` of the track, or of the session for the aggregate; `nil`, empty and `*` mean the base.
    ///   - requestURI: of the DESCRIBE.
    /// - Returns: an absolute URL, to stand in a request line and to be hashed exactly so.
    ///
    /// The base is `Content-Base`, else `Content-Location`, else the request's own URL. A relative control is *appended*
    /// to the whole base, query included, with one slash between: what VLC, FFmpeg and GStreamer send is what cameras
    /// were tested with. A control that is a path repeating the base's path replaces it.
    package static func resolve(
        control: String?, contentBase: String?, contentLocation: String?, requestURI: String
    ) -> String {
        let base = absolute(contentBase, requestURI) ?? absolute(contentLocation, requestURI) ?? requestURI
        guard let control = control?.trimmed(), !control.isEmpty, control != "*" else { return base }
        if isAbsolute(control) { return control }
        if control.hasPrefix("/"), path(of: base).count > 1, control.hasPrefix(path(of: base)) { return root(of: base) + control }
        if control.hasPrefix("?") { return base + control }
        switch (base.hasSuffix("/"), control.hasPrefix("/")) {
        case (true, true): return base + control.dropFirst()
        case (false, false): return base + "/" + control
        default: return base + control
        }
    }

    private static func absolute(_ header: String?, _ requestURI: String) -> String? {
        guard let text = header?.trimmed().trimmingQuotes(), !text.isEmpty, text != "*" else { return nil }
        if isAbsolute(text) { return text }
        let scheme = requestURI.prefix { $0 != ":" }
        if text.hasPrefix("//") { return "\(scheme):\(text)" }
        if isAuthority(text.prefix { $0 != "/" }, of: requestURI) { return "\(scheme)://\(text)" }
        return root(of: requestURI) + (text.hasPrefix("/") ? "" : "/") + text
    }

    private static func isAbsolute(_ text: String) -> Bool {
        ["rtsp://", "rtsps://", "rtspu://"].contains { text.prefix($0.utf8.count).equalsIgnoringCase($0) }
    }

    /// Whether a header's first word is a host rather than a folder: the request's own, or an IPv4 address.
    private static func isAuthority(_ word: Substring, of url: String) -> Bool {
        let name = word.prefix { $0 != ":" }
        guard !name.isEmpty, word.dropFirst(name.count + 1).allSatisfy({ $0.isASCII && $0.isNumber }) else { return false }
        let own = root(of: url).drop { $0 != "/" }.dropFirst(2).prefix { $0 != ":" }
        let numbers = name.split(separator: ".", omittingEmptySubsequences: false)
        return name == own || numbers.count == 4 && numbers.allSatisfy { UInt8($0) != nil }
    }

    /// Scheme and authority, without a slash at the end.
    private static func root(of url: String) -> String {
        guard let mark = url.range(of: "://") else { return "" }
        let end = url[mark.upperBound...].firstIndex { $0 == "/" || $0 == "?" } ?? url.endIndex
        return String(url[..<end])
    }

    /// Path without query and without a slash at the end.
    private static func path(of url: String) -> String {
        var path = url.dropFirst(root(of: url).count).prefix { $0 != "?" }
        while path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }
}
