import GatewayCore
import Testing

@testable import IncidentCommand

/// The flows and who may move them, written down a second time: every stage × target × duty is held to this.
private let expectation: [IncidentStage: [IncidentStage: Set<CommandDuty>]] = [
    .received: [.notified: [.commander, .operator, .callTaker]],
    .notified: [.handling: [.commander, .operator]],
    .handling: [.feedback: [.commander, .operator]],
    .feedback: [.closed: [.commander, .operator], .handling: [.commander, .operator]],
    .closed: [:],
    .reporting: [.firstResponse: [.commander, .operator]],
    .firstResponse: [.response: [.commander, .operator]],
    .response: [.coordination: [.commander, .operator]],
    .coordination: [.escalation: [.commander], .ended: [.commander]],
    .escalation: [.coordination: [.commander, .operator], .ended: [.commander]],
    .ended: [:],
]

private func stages(
    at stage: IncidentStage, category: IncidentCategory = .accident, level: EventLevel? = .three
) throws
    -> IncidentStages
{
    try #require(IncidentStages(category: category, level: level, provisional: false, stage: stage))
}

@Suite struct IncidentStagesTests {
    @Test(arguments: IncidentStage.allCases, IncidentStage.allCases)
    func everyTransitionIsAllowedOrRefusedAsWritten(from: IncidentStage, to: IncidentStage) throws {
        for duty in CommandDuty.allCases {
            let before = try stages(at: from)
            var after = before
            let allowed = expectation[from]?[to]
            if let allowed, allowed.contains(duty) {
                try after.advance(to: to, by: duty)
                #expect(after.stage == to)
                #expect(before.next(for: duty).contains(to))
                continue
            }
            #expect(!before.next(for: duty).contains(to))
            let error = #expect(throws: GatewayError.self) { try after.advance(to: to, by: duty) }
            #expect(after == before)
            let reason = from.isFinal ? "incidentEnded" : allowed == nil ? "stageNotAllowed" : "roleMayNotAdvance"
            #expect(error?.reason == reason)
            #expect(error?.code == (reason == "roleMayNotAdvance" ? .forbidden : .conflict))
            #expect(error?.details["from"] == from.rawValue)
            #expect(error?.details["allowed"] == before.next(for: duty).map(\.rawValue).joined(separator: ","))
        }
    }

    @Test func aRefusalSaysWhatIsAllowed() throws {
        var stages = try stages(at: .feedback)
        let error = #expect(throws: GatewayError.self) { try stages.advance(to: .received, by: .operator) }
        #expect(error?.details == ["from": "feedback", "allowed": "closed,handling"])
        #expect(error?.message == "不能从「反馈」转到「接警」")
        #expect(error?.remedy == "可转到:办结、处置")
    }

    @Test func everyStageIsReachedFromTheStart() {
        var reached: Set<IncidentStage> = []
        var open = [IncidentStages(category: .naturalDisaster, level: .two)]
        while let state = open.popLast() {
            guard reached.insert(state.stage).inserted else { continue }
            for target in state.next(for: .commander) {
                var next = state
                try? next.advance(to: target, by: .commander)
                open.append(next)
            }
            var switched = state
            try? switched.apply(ModeOrder(mode: .wartime, level: .three), by: .commander)
            open.append(switched)
        }
        #expect(reached == Set(IncidentStage.allCases))
    }

    @Test(arguments: IncidentStage.allCases, IncidentCategory.allCases)
    func wartimeIsACommandersFromLevelThreeUpInFourKinds(from: IncidentStage, category: IncidentCategory) throws {
        let mayBeWartime = [.naturalDisaster, .accident, .publicHealth, .socialSafety].contains(category)
        let levels: [EventLevel?] = [nil, .one, .two, .three, .four]
        for standing in levels {
            guard from.mode == .normal || (mayBeWartime && standing.map { $0 != .four } == true) else {
                #expect(IncidentStages(category: category, level: standing, provisional: false, stage: from) == nil)
                continue
            }
            for ordered in levels {
                for duty in CommandDuty.allCases {
                    for provisional in [false, true] {
                        let before = try stages(at: from, category: category, level: standing)
                        var after = before
                        let order = ModeOrder(mode: .wartime, level: ordered, provisional: provisional)
                        let effective = ordered ?? standing
                        let reason: String? =
                            if from == .closed || from == .ended {
                                "incidentEnded"
                            } else if duty != .commander {
                                "commanderOnly"
                            } else if !mayBeWartime {
                                "categoryNotWartime"
                            } else if effective == nil {
                                "levelMissing"
                            } else if effective == .four {
                                "levelTooLow"
                            } else if from.mode == .wartime, effective == standing, !provisional {
                                "modeUnchanged"
                            } else {
                                nil
                            }
                        if let reason {
                            let error = #expect(throws: GatewayError.self) { try after.apply(order, by: duty) }
                            #expect(error?.reason == reason)
                            #expect(after == before)
                        } else {
                            try after.apply(order, by: duty)
                            #expect(after.mode == .wartime)
                            #expect(after.level == effective)
                            #expect(after.provisional == provisional)
                            let stage: IncidentStage =
                                switch from {
                                case .received, .notified: .reporting
                                case .handling, .feedback: .firstResponse
                                default: from
                                }
                            #expect(after.stage == stage)
                        }
                    }
                }
            }
        }
    }

    @Test(arguments: IncidentStage.allCases, CommandDuty.allCases)
    func theReturnToNormalIsACommanders(from: IncidentStage, duty: CommandDuty) throws {
        let before = try stages(at: from)
        var after = before
        let order = ModeOrder(mode: .normal, level: .four)
        let expected: [IncidentStage: IncidentStage] = [
            .reporting: .notified, .firstResponse: .handling, .response: .handling, .coordination: .handling,
            .escalation: .handling,
        ]
        if duty == .commander, let stage = expected[from] {
            try after.apply(order, by: duty)
            #expect(after.stage == stage)
            #expect(after.level == .four)
            #expect(!after.provisional)
        } else {
            let error = #expect(throws: GatewayError.self) { try after.apply(order, by: duty) }
            #expect(after == before)
            #expect(
                error?.reason == (from.isFinal ? "incidentEnded" : duty != .commander ? "commanderOnly" : "modeUnchanged"))
        }
    }

    @Test func aProvisionalLevelIsConfirmedInPlace() throws {
        var stages = try stages(at: .handling, level: nil)
        try stages.apply(ModeOrder(mode: .wartime, level: .three, provisional: true), by: .commander)
        try stages.advance(to: .response, by: .operator)
        #expect(stages.provisional)
        try stages.apply(ModeOrder(mode: .wartime, level: .two), by: .commander)
        #expect(stages.stage == .response)
        #expect(stages.level == .two)
        #expect(!stages.provisional)
    }

    @Test func normalModeHasNoProvisionalLevel() throws {
        var stages = try stages(at: .response)
        let error = #expect(throws: GatewayError.self) {
            try stages.apply(ModeOrder(mode: .normal, provisional: true), by: .commander)
        }
        #expect(error?.reason == "provisionalOnlyInWartime")
        #expect(IncidentStages(category: .accident, level: .three, provisional: true, stage: .handling) == nil)
    }
}
