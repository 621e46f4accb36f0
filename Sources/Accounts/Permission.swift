/// What can be asked for.
package enum Resource: String, Sendable, Hashable, CaseIterable {
    /// The public part of the dossier.
    case cameraPoint
    case streamAddress
    /// The last probe's picture; there is none of a private point, for nobody.
    case thumbnail
    case ownerContact
    case organisation
    case probe
    case incident
    case journal
    case suggestion
    case link
    /// Live pictures by any medium: RTSP, console, fMP4, snapshot.
    case video
    /// Tickets with which a security company pushes a point's stream, and what came of them.
    case publishing
    /// All that was published, and by whom it was tried.
    case publishingRegister
    case footage
    /// Counters of what flows.
    case feed
    case event
    case account
    case viewingRegister
    /// Who linked how much, over all incidents.
    case linkRegister
    case system
}

/// What is done to it. The last four are the purposes of a ticket and only meet ``Resource/video``.
package enum Action: String, Sendable, Hashable, CaseIterable {
    case read, write, run, command
    case incident, patrol, acceptance, maintenance

    package init(_ purpose: VideoPurpose) {
        switch purpose {
        case .incident: self = .incident
        case .patrol: self = .patrol
        case .acceptance: self = .acceptance
        case .maintenance: self = .maintenance
        }
    }
}

/// How far a right reaches.
package enum Scope: String, Sendable, Hashable {
    case all
    /// Points and records of the account's own unit: a security company's points, a lead department's points.
    case own
    /// Points of source category `xueliang` or `governmentBuilt`.
    case governmentBuilt
    /// Incidents in which the unit holds a directive, and of their cells those that were shared with it.
    case shared
}

/// Why a person looks at a picture.
package enum VideoPurpose: String, Sendable, Codable, Hashable, CaseIterable {
    case incident, patrol, acceptance, maintenance

    package var name: String {
        switch self {
        case .incident: "事件处置"
        case .patrol: "视频巡查"
        case .acceptance: "接入验收"
        case .maintenance: "维护"
        }
    }
}
