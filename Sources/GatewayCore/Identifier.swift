/// An opaque identity of one kind of thing. Two identifiers of different subjects never mix.
///
/// `rawValue` is 1…64 characters of `[A-Za-z0-9_-]`; `init?(rawValue:)` refuses everything else, so an identifier that
/// arrived over a wire is safe in a path, a log line and an SQL parameter.
package struct Identifier<Subject>: Hashable, Sendable, Comparable, RawRepresentable, CustomStringConvertible {
    package let rawValue: String

    package init?(rawValue: String) {
        guard (1...64).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else { return nil }
        self.rawValue = rawValue
    }

    private init(unchecked: String) { self.rawValue = unchecked }

    /// A new identity of 16 characters: 80 random bits in Crockford's base 32, lower case.
    package static func random() -> Self {
        let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        var generator = SystemRandomNumberGenerator()
        // Each draw is a system call.
        var bits = (UInt64.random(in: .min ... .max, using: &generator), UInt64.random(in: .min ... .max, using: &generator))
        let text = String(unsafeUninitializedCapacity: 16) { bytes in
            for index in 0..<16 {
                let digit = index < 8 ? bits.0 & 31 : bits.1 & 31
                if index < 8 { bits.0 >>= 5 } else { bits.1 >>= 5 }
                bytes[index] = alphabet.utf8Start[Int(digit)]
            }
            return 16
        }
        return Self(unchecked: text)
    }

    package var description: String { rawValue }
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "an identifier is 1 to 64 characters of A-Z a-z 0-9 _ -")
        }
        self = value
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}

package enum CameraPointSubject {}
package enum IntermediarySubject {}
package enum SecurityCompanySubject {}
package enum IncidentSubject {}
package enum LinkSubject {}
package enum AccountSubject {}
package enum SessionSubject {}
package enum ViewSubject {}
package enum RunSubject {}
package enum ConsoleSubject {}
package enum PublishingTicketSubject {}
package enum PublicationSubject {}

package typealias CameraPointID = Identifier<CameraPointSubject>
package typealias IntermediaryID = Identifier<IntermediarySubject>
package typealias SecurityCompanyID = Identifier<SecurityCompanySubject>
package typealias IncidentID = Identifier<IncidentSubject>
package typealias LinkID = Identifier<LinkSubject>
package typealias AccountID = Identifier<AccountSubject>
package typealias SessionID = Identifier<SessionSubject>
package typealias ViewID = Identifier<ViewSubject>
package typealias RunID = Identifier<RunSubject>
package typealias ConsoleID = Identifier<ConsoleSubject>
package typealias PublishingTicketID = Identifier<PublishingTicketSubject>
package typealias PublicationID = Identifier<PublicationSubject>
