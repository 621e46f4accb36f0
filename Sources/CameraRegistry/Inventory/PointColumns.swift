import GatewayCore

/// The columns of the four inventory files, in the order in which export writes them. `cameras/README.md` describes them
/// for the people who fill them in; a test holds the two together.
package enum PointColumns {
    package typealias Column = InventoryColumn<PointDraft>

    package static let all: [Column] = identity + place + view + source + organisation + record

    /// Those of one file.
    package static func columns(of method: AccessMethod) -> [Column] { all.filter { $0.presence.allowed.contains(method) } }

    static func optionalText(
        _ header: String, aliases: [String] = [], presence: Column.Presence = .optional,
        at path: WritableKeyPath<CameraPoint, String?> & Sendable
    ) -> Column {
        Column(
            header, aliases: aliases, presence,
            read: { (draft, text) throws(CellFault) in draft.point[keyPath: path] = try CellRule.text(text) },
            write: { $0.point[keyPath: path] ?? "" })
    }

    static func mandatoryText(
        _ header: String, aliases: [String] = [], at path: WritableKeyPath<CameraPoint, String> & Sendable
    ) -> Column {
        Column(
            header, aliases: aliases, .everyone,
            read: { (draft, text) throws(CellFault) in draft.point[keyPath: path] = try CellRule.text(text) },
            write: { $0.point[keyPath: path] })
    }

    static func optionalNumber(
        _ header: String, aliases: [String] = [], _ range: ClosedRange<Double>, unit: String,
        at path: WritableKeyPath<CameraPoint, Double?> & Sendable
    ) -> Column {
        Column(
            header, aliases: aliases,
            read: { (draft, text) throws(CellFault) in draft.point[keyPath: path] = try CellRule.number(text, range, unit: unit) },
            write: { CellRule.written($0.point[keyPath: path]) })
    }

    static func optionalDay(
        _ header: String, presence: Column.Presence = .optional,
        at path: WritableKeyPath<CameraPoint, CalendarDay?> & Sendable
    ) -> Column {
        Column(
            header, presence,
            read: { (draft, text) throws(CellFault) in draft.point[keyPath: path] = try CellRule.day(text) },
            write: { CellRule.written($0.point[keyPath: path]) })
    }

    static func optionalFlag(
        _ header: String, presence: Column.Presence = .optional, yes: String, no: String,
        at path: WritableKeyPath<CameraPoint, Bool?> & Sendable
    ) -> Column {
        Column(
            header, presence,
            read: { (draft, text) throws(CellFault) in
                guard text == yes || text == no else {
                    throw CellFault("termUnknown", "既不是「\(yes)」也不是「\(no)」", "填写「\(yes)」或「\(no)」,不知道就留空")
                }
                draft.point[keyPath: path] = text == yes
            },
            write: { draft in draft.point[keyPath: path].map { $0 ? yes : no } ?? "" })
    }

    static func optionalTerm<Term: DossierTerm>(
        _ header: String, aliases: [String] = [], named: @escaping @Sendable (String) -> Term?,
        at path: WritableKeyPath<CameraPoint, Term?> & Sendable
    ) -> Column {
        Column(
            header, aliases: aliases,
            read: { (draft, text) throws(CellFault) in
                draft.point[keyPath: path] = try CellRule.term(named(text), reason: "termUnknown", what: header)
            },
            write: { $0.point[keyPath: path]?.chineseName ?? "" })
    }

    static func term<Term: DossierTerm>(
        _ header: String, aliases: [String] = [], presence: Column.Presence = .optional,
        named: @escaping @Sendable (String) -> Term?, at path: WritableKeyPath<CameraPoint, Term> & Sendable
    ) -> Column {
        Column(
            header, aliases: aliases, presence,
            read: { (draft, text) throws(CellFault) in
                draft.point[keyPath: path] = try CellRule.term(named(text), reason: "termUnknown", what: header)
            },
            write: { $0.point[keyPath: path].chineseName })
    }
}
