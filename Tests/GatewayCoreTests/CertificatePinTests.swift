import Testing

@testable import GatewayCore

@Suite struct CertificatePinTests {
    static let digits = String(repeating: "0aF9", count: 16)

    @Test(arguments: [
        digits, digits.lowercased(), "sha256:" + digits, "SHA-256:" + digits, "sha256 Fingerprint=" + digits,
        stride(from: 0, to: 64, by: 2).map { String(digits.dropFirst($0).prefix(2)) }.joined(separator: ":"),
    ])
    func `fingerprints as they are written`(text: String) throws {
        let pin = try #require(CertificatePin(text))
        #expect(pin.digest.count == 32 && pin.digest.prefix(2) == [0x0A, 0xF9])
        #expect(CertificatePin(pin.description) == pin)
        #expect(pin.description.hasPrefix("0A:F9:0A"))
    }

    @Test(arguments: [
        "", "0a", digits + "00", String(digits.dropLast()), digits.replacing("9", with: "g"), digits.replacing("9", with: "+"),
    ])
    func `anything else is none`(text: String) { #expect(CertificatePin(text) == nil) }
}
