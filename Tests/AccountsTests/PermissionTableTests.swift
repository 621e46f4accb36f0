import GatewayCore
import Testing

@testable import Accounts

/// The table as it was agreed, written by hand and read by people: one column a role.
///
/// `A` all, `o` own, `g` government-built, `s` shared, `.` nothing.
private let agreed = """
                           admin audit oper  call  comm  lead  comp  member
    cameraPoint.read       A     .     A     A     A     o     o     .
    cameraPoint.write      A     .     .     .     .     o     .     .
    streamAddress.read     A     .     .     .     .     o     .     .
    thumbnail.read         .     .     g     g     g     o     o     .
    ownerContact.read      A     .     A     A     A     o     o     .
    organisation.read      A     .     A     A     A     A     o     o
    organisation.write     A     .     .     .     .     .     .     .
    probe.read             A     .     A     A     A     o     o     .
    probe.run              A     .     A     .     A     o     o     .
    incident.read          A     .     A     A     A     .     .     s
    incident.write         .     .     A     A     A     .     .     .
    incident.command       .     .     .     .     A     .     .     .
    journal.read           .     A     A     A     A     .     .     s
    journal.write          .     .     A     A     A     .     .     s
    suggestion.read        .     .     A     .     A     .     .     .
    link.read              .     .     A     A     A     .     .     s
    link.write             .     .     A     .     A     .     .     .
    video.incident         .     .     A     .     A     .     .     s
    video.patrol           .     .     g     .     g     .     .     .
    video.acceptance       .     .     .     .     .     o     o     .
    video.maintenance      .     .     .     .     .     o     o     .
    publishing.read        A     .     A     .     A     o     o     .
    publishing.write       A     .     .     .     .     o     o     .
    publishingRegister.read A    A     .     .     .     .     .     .
    footage.read           .     .     A     .     A     .     .     .
    feed.read              A     .     A     .     A     .     .     .
    event.read             A     .     A     A     A     o     o     s
    account.read           A     .     .     .     .     .     .     .
    account.write          A     .     .     .     .     .     .     .
    viewingRegister.read   .     A     .     .     .     .     .     .
    linkRegister.read      .     A     .     .     .     .     .     .
    system.read            A     .     .     .     .     .     .     .
    system.write           A     .     .     .     .     .     .     .
    """

private struct Cell: Hashable {
    let role: Role
    let resource: Resource
    let action: Action
}

@Suite struct PermissionTableTests {
    private static let columns: [Role] = [
        .administrator, .auditor, .operator, .callTaker, .commander, .leadDepartment, .securityCompany, .memberUnit,
    ]

    private static func agreedScopes() throws -> [Cell: Scope] {
        var scopes: [Cell: Scope] = [:]
        for line in agreed.split(separator: "\n").dropFirst() {
            let words = line.split(separator: " ").map(String.init)
            let names = words[0].split(separator: ".").map(String.init)
            let resource = try #require(Resource(rawValue: names[0]), "\(words[0])")
            let action = try #require(Action(rawValue: names[1]), "\(words[0])")
            try #require(words.count == 9, "\(line)")
            for (role, mark) in zip(columns, words.dropFirst()) {
                let scope: Scope?
                switch mark {
                case "A": scope = .all
                case "o": scope = .own
                case "g": scope = .governmentBuilt
                case "s": scope = .shared
                default:
                    try #require(mark == ".")
                    scope = nil
                }
                scopes[Cell(role: role, resource: resource, action: action)] = scope
            }
        }
        return scopes
    }

    @Test func everyCellIsAsAgreed() throws {
        let scopes = try Self.agreedScopes()
        #expect(Self.columns.count == Role.allCases.count)
        for role in Role.allCases {
            for resource in Resource.allCases {
                for action in Action.allCases {
                    let expected = scopes[Cell(role: role, resource: resource, action: action)]
                    #expect(
                        PermissionTable.scope(of: role, on: resource, for: action) == expected,
                        "\(role) \(resource).\(action)")
                }
            }
        }
    }

    @Test func noRowStandsTwice() {
        let names = PermissionTable.rows.map { "\($0.resource).\($0.action)" }
        #expect(Set(names).count == names.count)
    }

    @Test func theAdministratorSeesNoVideo() {
        for purpose in VideoPurpose.allCases {
            #expect(PermissionTable.scope(of: .administrator, on: .video, for: Action(purpose)) == nil)
        }
        #expect(PermissionTable.scope(of: .administrator, on: .footage, for: .read) == nil)
        #expect(PermissionTable.scope(of: .administrator, on: .thumbnail, for: .read) == nil)
    }

    @Test func theAuditorReadsRegistersAndNothingElse() {
        let registers: Set<Resource> = [.viewingRegister, .linkRegister, .publishingRegister, .journal]
        for row in PermissionTable.rows where row.scopes[.auditor] != nil {
            #expect(registers.contains(row.resource) && row.action == .read, "\(row.resource).\(row.action)")
        }
    }

    @Test func patrolReachesGovernmentBuiltPointsOnly() {
        for role in Role.allCases {
            let scope = PermissionTable.scope(of: role, on: .video, for: .patrol)
            #expect(scope == (role == .operator || role == .commander ? .governmentBuilt : nil))
        }
    }

    @Test func aRefusalIsForbidden() {
        let error = #expect(throws: GatewayError.self) {
            try PermissionTable.require(.auditor, on: .video, for: .incident)
        }
        #expect(error?.code == .forbidden)
        #expect(error?.reason == "roleMayNot")
    }
}
