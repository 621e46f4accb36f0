import GatewayCore

/// What is said when an incident is opened. ``check()`` holds it to its limits.
package struct IncidentOpening: Sendable, Hashable {
    package static let titleLimit = 200
    package static let addressLimit = 300

    package var title: String
    package var category: IncidentCategory
    /// The level as first judged, if anyone has judged it.
    package var level: EventLevel?
    package var location: GeoPoint?
    package var address: String?
    package var isDrill: Bool
    package var ground: LinkGround?

    package init(
        title: String, category: IncidentCategory, level: EventLevel? = nil, location: GeoPoint? = nil,
        address: String? = nil, isDrill: Bool = false, ground: LinkGround? = nil
    ) {
        self.title = title
        self.category = category
        self.level = level
        self.location = location
        self.address = address
        self.isDrill = isDrill
        self.ground = ground
    }

    /// The opening with its texts trimmed.
    ///
    /// - Throws: `titleMissing`, `textTooLong`, or `roleMayNotOpen`.
    package func checked(by actor: IncidentActor) throws(GatewayError) -> IncidentOpening {
        guard actor.duty != .observer else {
            throw GatewayError(.forbidden, "roleMayNotOpen", "该角色不能登记事件", remedy: "由接警员、视频调度员或指挥长登记")
        }
        var opening = self
        opening.title = try IncidentText.checked(title, field: "title", limit: Self.titleLimit)
        guard !opening.title.isEmpty else {
            throw GatewayError(.invalid, "titleMissing", "事件标题为空", remedy: "填写标题", details: ["field": "title"])
        }
        let address = try IncidentText.checked(address ?? "", field: "address", limit: Self.addressLimit)
        opening.address = address.isEmpty ? nil : address
        return opening
    }
}

/// Free text that people write into an incident: trimmed, bounded in characters, without control characters but
/// line breaks and tabs.
package enum IncidentText {
    package static let noteLimit = 2_000

    package static func checked(_ text: String, field: String, limit: Int) throws(GatewayError) -> String {
        var scalars = Substring(text).unicodeScalars
        while let first = scalars.first, first.properties.isWhitespace { scalars.removeFirst() }
        while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
        guard scalars.count <= limit else {
            throw GatewayError(
                .tooLarge, "textTooLong", "文字超过\(limit)字", remedy: "缩短后重试", details: ["field": field, "limit": "\(limit)"])
        }
        let isClean = scalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\n" || $0 == "\t" || $0 == "\r" }
        guard isClean else {
            throw GatewayError(.invalid, "controlCharacter", "文字含有控制字符", remedy: "删除控制字符", details: ["field": field])
        }
        return String(scalars)
    }
}
