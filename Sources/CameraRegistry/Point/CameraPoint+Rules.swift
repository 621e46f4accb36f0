import GatewayCore

extension CameraPoint {
    /// What a stream's address may begin with; `rtmps` and `https` are carried, their certificates are not looked at.
    static let schemes: Set<StreamURL.Scheme> = [.rtsp, .rtsps, .rtmp, .rtmps, .http, .https, .push]

    /// What no point may break, however it came: by file, by the API, by hand.
    ///
    /// - Throws: ``GatewayError`` `invalid`; `placeTypeBanned` cites the article.
    package func check() throws(GatewayError) {
        guard !placeType.isBanned else {
            throw GatewayError(
                .forbidden, "placeTypeBanned", "「\(placeType.chineseName)」禁止安装图像采集设备,依据\(PlaceType.article)",
                remedy: "不得登记;已安装的须拆除并报公安机关", details: ["field": "placeType"])
        }
        for (field, text) in [
            ("name", name), ("address", address), ("township", township), ("owner", owner), ("leadDepartment", leadDepartment),
        ] where text.isEmpty || text.count > 200 {
            throw Self.invalid("textLength", field, "必填,最多 200 个字")
        }
        guard gbCode.isCamera else { throw Self.invalid("gbCodeNotCamera", "gbCode", "设备编码不是摄像机的(第 11–13 位应为 131 或 132)") }
        if placeConfirmation == nil, let word = SuspiciousWord.first(in: name) ?? SuspiciousWord.first(in: address) {
            throw GatewayError(
                .conflict, "placeNeedsConfirmation", "名称或地址含有「\(word)」,可能是\(PlaceType.article)禁止安装的部位",
                remedy: "核实后填写场所确认(确认人和理由)", details: ["field": "placeConfirmation"])
        }
        guard Set(streams.map(\.role)).count == streams.count else { throw Self.invalid("streamDoubled", "streams", "同一码流只能登记一次") }
        guard streams.allSatisfy({ Self.schemes.contains($0.url.scheme) }) else {
            throw Self.invalid("streamScheme", "streams", "码流地址的协议只能是 rtsp、rtsps、rtmp 或 http")
        }
        if let clash = streams.lazy.compactMap(\.clash).first {
            throw Self.invalid(clash.fault.reason, "streams", clash.fault.message)
        }
        guard accessMethod == .securityCompany || streams.allSatisfy({ $0.url.scheme != .push }) else {
            throw Self.invalid("pushNotAllowed", "streams", "只有安防公司接入的点位可以推流(push)")
        }
        guard accessMethod.hasStream || streams.isEmpty else {
            throw Self.invalid("streamNotAllowed", "streams", "信息采集点位没有实时码流")
        }
        guard (accessMethod == .indirect) == (intermediary != nil) else {
            throw Self.invalid("intermediaryMismatch", "intermediary", "间接接入的点位须有接入中介,其他点位不得有")
        }
        guard (accessMethod == .securityCompany) == (securityCompany != nil) else {
            throw Self.invalid("securityCompanyMismatch", "securityCompany", "安防公司接入的点位须有安防公司,其他点位不得有")
        }
        try checkNumbers()
    }

    private func checkNumbers() throws(GatewayError) {
        let numbers: [(String, Double?, ClosedRange<Double>)] = [
            ("installHeight", installHeight, 0...500), ("azimuth", azimuth, 0...359.999_999), ("fieldOfView", fieldOfView, 1...360),
            ("visibleRange", visibleRange, 1...5_000), ("recordSaveDays", recordSaveDays.map(Double.init), 0...3_650),
            ("channel", channel.map(Double.init), 1...9_999),
        ]
        for (field, value, range) in numbers {
            guard let value, !range.contains(value) else { continue }
            throw Self.invalid("numberOutOfRange", field, "不在 \(range.lowerBound) 到 \(range.upperBound) 之间")
        }
        for stream in streams {
            let sizes = [stream.width, stream.height].compactMap { $0 }
            guard sizes.allSatisfy({ (1...16_384).contains($0) }), stream.frameRate.map({ $0 > 0 && $0 <= 240 }) ?? true,
                stream.bitRateKbps.map({ (1...200_000).contains($0) }) ?? true
            else { throw Self.invalid("numberOutOfRange", "streams", "码流的分辨率、帧率或码率超出范围") }
        }
    }

    private static func invalid(_ reason: String, _ field: String, _ message: String) -> GatewayError {
        GatewayError(.invalid, reason, "\(field):\(message)", remedy: "改正后重试", details: ["field": field])
    }

    /// The point without credentials that were given for another host: a changed address never receives an old password.
    package func withoutMovedCredentials(from old: CameraPoint) -> CameraPoint {
        var point = self
        for index in point.streams.indices {
            guard let before = old.stream(point.streams[index].role), before.credentials == point.streams[index].credentials else {
                continue
            }
            let url = point.streams[index].url
            if url.host != before.url.host || url.port != before.url.port { point.streams[index].credentials = nil }
        }
        return point
    }
}
