import FeedRelay
import Foundation
import GatewayCore
import Testing

@testable import VideoDispatch

@Suite struct TicketTests {
    private let key = TicketKey()
    private let now = Date(timeIntervalSince1970: 1_790_000_000.125)

    private func ticket(purpose: ViewPurpose = .incident, linked: Bool = true) -> Ticket {
        Ticket(
            feed: FeedID(cameraPoint: .random(), stream: .sub), purpose: purpose, account: .random(),
            session: linked ? .random() : nil, incident: linked ? .random() : nil, link: linked ? .random() : nil, issuedAt: now)
    }

    @Test(arguments: ViewPurpose.allCases, [true, false])
    func comesBackAsItWentOut(purpose: ViewPurpose, linked: Bool) throws {
        let ticket = ticket(purpose: purpose, linked: linked)
        let read = try Ticket.verify(ticket.text(signedWith: key), key: key, now: now)
        #expect(read == ticket)
        #expect(read.expiresAt == now.addingTimeInterval(60))
        #expect(read.issuedAt == now)
    }

    @Test func isShortAndSafeInAURL() {
        let text = ticket().text(signedWith: key)
        #expect(text.utf8.count <= 200)
        #expect(text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
    }

    @Test func everyFlippedBitIsForged() throws {
        let bytes = try #require(Base64URL.decode(ticket().text(signedWith: key)))
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << bit
                #expect(throws: Ticket.Fault.forged) { try Ticket.verify(Base64URL.encode(changed), key: key, now: now) }
            }
        }
    }

    @Test func everyChangedCharacterIsForged() throws {
        let text = Array(ticket().text(signedWith: key))
        let alphabet =
            Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") + ["=", "+", "/", "%", " ", "\n", "é"]
        for index in text.indices {
            // Every character at the end, where bits are left over; elsewhere a few, other ones at each place.
            let isLast = index == text.indices.last
            for (number, character) in alphabet.enumerated() where isLast || (number + index) % 9 == 0 {
                guard character != text[index] else { continue }
                var changed = text
                changed[index] = character
                #expect(throws: Ticket.Fault.forged) { try Ticket.verify(String(changed), key: key, now: now) }
            }
        }
    }

    @Test func everyTruncationAndExtensionIsForged() {
        let text = ticket().text(signedWith: key)
        for length in 0..<text.count {
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(String(text.prefix(length)), key: key, now: now) }
        }
        for tail in ["A", "AA", "AAAA", "=", text, String(repeating: "A", count: 100_000)] {
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(text + tail, key: key, now: now) }
        }
    }

    /// A payload that our own key signed but that is cut anywhere is refused by the reader, not by a trap.
    @Test func signedButMalformedPayloadsAreForged() throws {
        let bytes = try #require(Base64URL.decode(ticket().text(signedWith: key))).dropLast(32)
        for length in 0..<bytes.count {
            let cut = Array(bytes.prefix(length))
            let text = Base64URL.encode(cut + key.signature(of: cut))
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(text, key: key, now: now) }
        }
        let long = Array(bytes) + [0]
        #expect(throws: Ticket.Fault.forged) {
            try Ticket.verify(Base64URL.encode(long + key.signature(of: long)), key: key, now: now)
        }
    }

    @Test func anotherKeyIsForged() {
        #expect(throws: Ticket.Fault.forged) { try Ticket.verify(ticket().text(signedWith: TicketKey()), key: key, now: now) }
    }

    @Test func expiresAfterItsLifetime() throws {
        let text = ticket().text(signedWith: key)
        #expect(throws: Never.self) { try Ticket.verify(text, key: key, now: now.addingTimeInterval(59.999)) }
        #expect(throws: Ticket.Fault.expired) { try Ticket.verify(text, key: key, now: now.addingTimeInterval(60)) }
    }

    @Test func randomTextIsForged() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0..<300, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(Base64URL.encode(bytes), key: key, now: now) }
            #expect(throws: Ticket.Fault.forged) { try Ticket.verify(String(decoding: bytes, as: UTF8.self), key: key, now: now) }
        }
    }
}
