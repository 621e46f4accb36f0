import GatewayCore

/// Where an incident stands and how it may move on: a pure state machine that refuses what is not allowed and says what
/// is.
///
/// ```
/// normal   received ▶ notified ▶ handling ⇄ feedback ▶ closed
/// wartime  reporting ▶ firstResponse ▶ response ▶ coordination ⇄ escalation; the last two ▶ ended
/// ```
/// A call taker notifies; an operator also handles, takes feedback and closes, and keeps the wartime stages; to extend the
/// response or to end a wartime incident is the commander's, as is every change of mode or of a wartime level.
package struct IncidentStages: Sendable, Hashable {
    package let category: IncidentCategory
    package private(set) var level: EventLevel?
    /// The level is still to be confirmed.
    package private(set) var provisional: Bool
    package private(set) var stage: IncidentStage

    package var mode: OperatingMode { stage.mode }
    package var isEnded: Bool { stage.isFinal }

    /// A new incident: normal mode, call received.
    package init(category: IncidentCategory, level: EventLevel? = nil) {
        self.category = category
        self.level = level
        self.provisional = false
        self.stage = .received
    }

    /// An incident as it was stored; `nil` if no course of events leads there.
    package init?(category: IncidentCategory, level: EventLevel?, provisional: Bool, stage: IncidentStage) {
        if stage.mode == .wartime {
            guard category.startsCountyPlan, let level, level.startsCountyPlan else { return nil }
        } else if provisional {
            return nil
        }
        self.category = category
        self.level = level
        self.provisional = provisional
        self.stage = stage
    }

    /// Every stage that may come next, whoever decides it.
    package var following: [IncidentStage] {
        switch stage {
        case .received: [.notified]
        case .notified: [.handling]
        case .handling: [.feedback]
        case .feedback: [.closed, .handling]
        case .reporting: [.firstResponse]
        case .firstResponse: [.response]
        case .response: [.coordination]
        case .coordination: [.ended, .escalation]
        case .escalation: [.ended, .coordination]
        case .closed, .ended: []
        }
    }

    /// The stages to which this person may move the incident now.
    package func next(for duty: CommandDuty) -> [IncidentStage] {
        following.filter { Self.may(duty, enter: $0) }
    }

    private static func may(_ duty: CommandDuty, enter stage: IncidentStage) -> Bool {
        switch duty {
        case .commander: true
        case .operator: stage != .escalation && stage != .ended
        case .callTaker: stage == .notified
        case .observer: false
        }
    }

    /// Moves on to `target`.
    ///
    /// - Throws: `incidentEnded`, `stageNotAllowed` (with `from` and `allowed`), or `roleMayNotAdvance`.
    package mutating func advance(to target: IncidentStage, by duty: CommandDuty) throws(GatewayError) {
        try refuseIfEnded()
        guard following.contains(target) else {
            let allowed = next(for: duty)
            throw GatewayError(
                .conflict, "stageNotAllowed", "不能从「\(stage.name)」转到「\(target.name)」",
                remedy: allowed.isEmpty ? nil : "可转到:" + allowed.map(\.name).joined(separator: "、"),
                details: details(allowed: allowed))
        }
        guard Self.may(duty, enter: target) else {
            throw GatewayError(
                .forbidden, "roleMayNotAdvance", "该角色不能将事件转到「\(target.name)」",
                remedy: target.mode == .wartime ? "由指挥长决定" : "由视频调度员或指挥长办理", details: details(allowed: next(for: duty)))
        }
        stage = target
    }

    /// Switches the mode, or, within wartime, changes or confirms the level.
    ///
    /// - Throws: `incidentEnded`, `commanderOnly`, `categoryNotWartime`, `levelMissing`, `levelTooLow`,
    ///   `provisionalOnlyInWartime`, `modeUnchanged`.
    package mutating func apply(_ order: ModeOrder, by duty: CommandDuty) throws(GatewayError) {
        try refuseIfEnded()
        guard duty == .commander else {
            throw GatewayError(.forbidden, "commanderOnly", "战时与常态的切换由指挥长决定", remedy: "请值班指挥长操作")
        }
        switch order.mode {
        case .wartime: try enterWartime(order)
        case .normal: try returnToNormal(order)
        }
    }

    private mutating func enterWartime(_ order: ModeOrder) throws(GatewayError) {
        guard category.startsCountyPlan else {
            let kinds = IncidentCategory.allCases.filter(\.startsCountyPlan)
            throw GatewayError(
                .conflict, "categoryNotWartime", "「\(category.name)」不启动战时模式",
                remedy: "仅限:" + kinds.map(\.name).joined(separator: "、"),
                details: ["category": category.rawValue, "allowed": kinds.map(\.rawValue).joined(separator: ",")])
        }
        guard let newLevel = order.level ?? level else {
            throw GatewayError(
                .invalid, "levelMissing", "进入战时模式须确定事件等级", remedy: "选择较大(Ⅲ级)及以上,可标注为暂定",
                details: ["field": "level", "allowed": "III,II,I"])
        }
        guard newLevel.startsCountyPlan else {
            throw GatewayError(
                .conflict, "levelTooLow", "\(newLevel.name)事件不启动战时模式", remedy: "较大(Ⅲ级)及以上方可启动",
                details: ["level": newLevel.rawValue, "allowed": "III,II,I"])
        }
        if mode == .wartime, newLevel == level, order.provisional == provisional {
            throw GatewayError(
                .conflict, "modeUnchanged", "事件已处于战时模式,等级未变", details: ["mode": mode.rawValue, "level": newLevel.rawValue])
        }
        stage = Self.wartimeStage(from: stage)
        level = newLevel
        provisional = order.provisional
    }

    private mutating func returnToNormal(_ order: ModeOrder) throws(GatewayError) {
        guard mode == .wartime else {
            throw GatewayError(.conflict, "modeUnchanged", "事件已处于常态模式", details: ["mode": mode.rawValue])
        }
        guard !order.provisional else {
            throw GatewayError(
                .invalid, "provisionalOnlyInWartime", "暂定等级仅用于战时模式", remedy: "去掉暂定标注", details: ["field": "provisional"])
        }
        stage = Self.normalStage(from: stage)
        level = order.level ?? level
        provisional = false
    }

    /// A call that turns out grave is reported first; where units already work on it, that work is the first response.
    private static func wartimeStage(from stage: IncidentStage) -> IncidentStage {
        switch stage {
        case .received, .notified: .reporting
        case .handling, .feedback: .firstResponse
        default: stage
        }
    }

    /// Units that were alerted have been notified; whatever went further is being handled, and still owes its feedback.
    private static func normalStage(from stage: IncidentStage) -> IncidentStage {
        switch stage {
        case .reporting: .notified
        case .firstResponse, .response, .coordination, .escalation: .handling
        default: stage
        }
    }

    private func refuseIfEnded() throws(GatewayError) {
        guard isEnded else { return }
        throw GatewayError(
            .conflict, "incidentEnded", "事件已结束(\(stage.name)),不能再更改", remedy: "如有新情况,另行登记事件", details: details(allowed: []))
    }

    private func details(allowed: [IncidentStage]) -> [String: String] {
        ["from": stage.rawValue, "allowed": allowed.map(\.rawValue).joined(separator: ",")]
    }
}

/// A commander's order on mode and level.
package struct ModeOrder: Sendable, Hashable {
    package var mode: OperatingMode
    /// `nil` keeps the level that stands.
    package var level: EventLevel?
    /// The level is still to be confirmed.
    package var provisional: Bool
    package var note: String?

    package init(mode: OperatingMode, level: EventLevel? = nil, provisional: Bool = false, note: String? = nil) {
        self.mode = mode
        self.level = level
        self.provisional = provisional
        self.note = note
    }
}
