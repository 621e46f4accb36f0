/// What one peer may make a decoder hold. A peer beyond any of them gets a typed error.
package struct RTSPLimits: Hashable, Sendable {
    /// Start line and headers together.
    package var headBytes: Int
    package var bodyBytes: Int
    package var headerFields: Int
    /// Bytes skipped in one search for the next frame or message before the search is given up.
    package var skippedBytes: Int

    package init(headBytes: Int = 64 << 10, bodyBytes: Int = 1 << 20, headerFields: Int = 128, skippedBytes: Int = 1 << 20) {
        self.headBytes = headBytes
        self.bodyBytes = bodyBytes
        self.headerFields = headerFields
        self.skippedBytes = skippedBytes
    }

    package static let `default` = RTSPLimits()
}
