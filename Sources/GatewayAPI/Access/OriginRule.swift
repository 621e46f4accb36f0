import HTTPTypes
import Hummingbird

/// From which pages a browser's write is taken: those that the gateway served itself, and those that are named.
///
/// A cookie goes along with any request that a browser makes, so a write that is signed in by cookie must say that a page
/// of ours made it. A bearer token goes along with nothing by itself and needs no such proof.
struct OriginRule: Sendable {
    var allowed: [String]
    var requiresTLS: Bool

    /// Whether a write that is signed in by cookie may pass.
    func allowsCookieWrite(_ request: Request) -> Bool {
        if let origin = request.headers[.origin] { return isOwn(origin, request) }
        // Old browsers leave `Origin` out of same-origin writes; what says neither is no browser and can use a bearer token.
        return request.headers[.secFetchSite] == "same-origin"
    }

    /// Whether a sign-in may pass: from no browser, or from a page of ours.
    func allowsSignIn(_ request: Request) -> Bool {
        request.headers[.origin].map { isOwn($0, request) } ?? true
    }

    private func isOwn(_ origin: String, _ request: Request) -> Bool {
        if allowed.contains(origin) { return true }
        guard let authority = request.head.authority?.lowercased(), !authority.isEmpty else { return false }
        let origin = origin.lowercased()
        return origin == "https://" + authority || (!requiresTLS && origin == "http://" + authority)
    }

    /// `scheme://authority` of a URL; `nil` if it is not an absolute http(s) URL.
    static func origin(of url: String) -> String? {
        for scheme in ["https://", "http://"] where url.hasPrefix(scheme) {
            let authority = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard !authority.isEmpty, authority.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || ".-:[]".contains($0)) })
            else { return nil }
            return scheme + authority
        }
        return nil
    }
}

extension HTTPField.Name {
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site") ?? .origin
}
