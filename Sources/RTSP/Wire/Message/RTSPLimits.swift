/// What one peer may make a decoder hold. A peer beyond any of them gets a typed error.
package struct RTSPLimits: Hashable, Sendable {
    /// Start line and headers together.
    package var headBytes: Int
    package var bodyBytes: Int
    package var headerFields: Int
    /// Bytes skipped in one search for the next frame or message before the search is given up.
    package var skippedBytes: Int
    /// Bytes that may stand before the first message. Where some may, text that begins no message is skipped later on too.
    package var strayBytes: Int

    package init(
        headBytes: Int = 64 << 10, bodyBytes: Int = 1 << 20, headerFields: Int = 128, skippedBytes: Int = 1 << 20,
        strayBytes: Int = 0
    ) {
        self.headBytes = headBytes
        self.bodyBytes = bodyBytes
        self.headerFields = headerFields
        self.skippedBytes = skippedBytes
        self.strayBytes = strayBytes
    }

    package static let `default` = RTSPLimits()
    /// For what a player or publisher sends: it brings a session description at most.
    package static let player = RTSPLimits(bodyBytes: 64 << 10)
    /// For what a camera sends: some greet, or leave bytes of an earlier session, before they answer.
    package static let camera = RTSPLimits(strayBytes: 1_024)
}
