/// Which encoded video of a camera point: `main` for recording and the full screen, `sub` for cells of a grid.
package enum StreamRole: String, Sendable, Codable, Hashable, CaseIterable {
    case main, sub
}

/// Identity of a feed: one stream of one camera point. Written `POINT/main` or `POINT/sub`.
package struct FeedID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let cameraPoint: CameraPointID
    package let stream: StreamRole

    package init(cameraPoint: CameraPointID, stream: StreamRole = .main) {
        self.cameraPoint = cameraPoint
        self.stream = stream
    }

    package init?(_ text: some StringProtocol) {
        guard let slash = text.firstIndex(of: "/"), let point = CameraPointID(rawValue: String(text[..<slash])),
            let stream = StreamRole(rawValue: String(text[text.index(after: slash)...]))
        else { return nil }
        self.init(cameraPoint: point, stream: stream)
    }

    package var description: String { "\(cameraPoint)/\(stream.rawValue)" }
}
