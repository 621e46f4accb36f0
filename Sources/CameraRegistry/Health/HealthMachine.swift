import Foundation
import GatewayCore

/// Moves a point's health by one probe. Pure: the time is the report's own.
///
/// - One good probe makes a point `online`, from whatever state.
/// - A probe that decoded a bad picture (black, flat, frozen) makes it `degraded`.
/// - Three failures in a row make it `offline`; one or two change nothing but the reason.
/// - A failure of the intermediary counts like the point's own, since there is no picture either way; the change carries
///   ``HealthCause/intermediary``, so that an alarm is raised once, for the intermediary.
package struct HealthMachine: Sendable {
    package static let failuresForOffline = 3

    /// Studio black is luma 16. A lens cap or a dead sensor stays below 24 with hardly a ripple; a dark street has lamps.
    package static let blackMean = 24.0
    package static let blackVariance = 20.0
    /// A fogged or covered lens, or the grey that decoders show for lost references: any mean, no contrast.
    package static let flatVariance = 12.0
    /// No cell of the 16 × 16 signature differs by more than this. Sensor noise averages out over a cell's hundreds of
    /// pixels; a digit of a burnt-in clock that changes moves its cell by about 10.
    package static let frozenDifference = 1
    /// The clock shows seconds: pictures nearer to each other than this may rightly be alike.
    package static let frozenInterval: TimeInterval = 2
    /// So many likenesses in a row are a frozen picture.
    package static let frozenLikenesses = 1

    package init() {}

    package func next(_ health: CameraHealth, after report: ProbeReport, of stream: StreamRole) -> CameraHealth {
        var next = health
        let at = report.startedAt.addingTimeInterval(report.duration / .seconds(1))
        let interval = health.lastProbe.map { at.timeIntervalSince($0.at) }
        next.lastProbe = .init(outcome: report.outcome, at: at, detail: report.detail)
        guard report.outcome == .reachable else {
            next.failures = min(health.failures + 1, 1_000_000)
            next.reason = Self.reason(of: report)
            if next.failures >= Self.failuresForOffline { next.enter(.offline, at: at) }
            return next
        }
        next.failures = 0
        let fault = pictureFault(report, &next, stream, interval: interval)
        next.reason = fault
        next.enter(fault == nil ? .online : .degraded, at: at)
        return next
    }

    /// A reason for a person, or `nil` for a good picture. Updates what the next picture is compared with.
    private func pictureFault(
        _ report: ProbeReport, _ next: inout CameraHealth, _ stream: StreamRole, interval: TimeInterval?
    ) -> String? {
        guard let picture = report.picture else { return nil }
        let last = next.signatures[stream]
        if picture.signature.count == 256 { next.signatures[stream] = picture.signature }
        if picture.mean <= Self.blackMean, picture.variance <= Self.blackVariance {
            next.stillProbes[stream] = nil
            return "画面全黑"
        }
        if picture.variance <= Self.flatVariance {
            next.stillProbes[stream] = nil
            return "画面无内容(镜头遮挡或失焦)"
        }
        if let motion = picture.motion, motion > Self.frozenDifference {
            // It moves within the probe: a likeness to the last one is chance, or a scene that repeats itself.
            next.stillProbes[stream] = nil
            return nil
        }
        guard let last, let interval, interval >= Self.frozenInterval, Self.areAlike(last, picture.signature) else {
            // Too soon to tell: neither counts as moving nor as still.
            if let last, let interval, interval < Self.frozenInterval, Self.areAlike(last, picture.signature) {
                return (next.stillProbes[stream] ?? 0) >= Self.frozenLikenesses ? "画面静止(时钟不走)" : nil
            }
            next.stillProbes[stream] = nil
            return nil
        }
        let likenesses = min((next.stillProbes[stream] ?? 0) + 1, 1_000)
        next.stillProbes[stream] = likenesses
        return likenesses >= Self.frozenLikenesses ? "画面静止(时钟不走)" : nil
    }

    package static func areAlike(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == 256 && other.count == 256
            && zip(one, other).allSatisfy { abs(Int($0) - Int($1)) <= frozenDifference }
    }

    private static func reason(of report: ProbeReport) -> String {
        let name =
            switch report.outcome {
            case .reachable: "可用"
            case .unreachable: "连接不上"
            case .intermediaryUnreachable: "接入中介连接不上"
            case .timeout: "超时"
            case .unauthorized: "用户名或密码错误"
            case .notFound: "码流不存在"
            case .redirected: "被重定向到别处"
            case .noVideo: "没有视频"
            case .unsupported: "视频编码或传输方式不支持"
            case .undecodable: "视频无法解码"
            case .protocolError: "协议错误"
            }
        return report.detail.isEmpty ? name : "\(name):\(report.detail)"
    }
}

/// Whose fault a change for the worse is.
package enum HealthCause: String, Sendable, Hashable, Codable { case camera, intermediary, picture }

extension CameraHealth {
    /// `nil` for a healthy point, or one not yet known.
    package var cause: HealthCause? {
        switch state {
        case .unknown, .online: nil
        case .degraded: .picture
        case .offline: lastProbe?.outcome == .intermediaryUnreachable ? .intermediary : .camera
        }
    }

    fileprivate mutating func enter(_ state: HealthState, at: Date) {
        guard self.state != state else { return }
        self.state = state
        since = at
    }
}
