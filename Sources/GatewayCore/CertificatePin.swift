/// The SHA-256 fingerprint by which one camera's certificate is known: of the whole certificate, as browsers and
/// `openssl x509 -fingerprint -sha256` show it, or of its public key (SubjectPublicKeyInfo, RFC 5280), which outlives a renewal.
package struct CertificatePin: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes.
    package let digest: [UInt8]

    /// `nil` unless there are 32 bytes.
    package init?(digest: [UInt8]) {
        guard digest.count == 32 else { return nil }
        self.digest = digest
    }

    /// 64 hexadecimal digits in any case, with colons, spaces or hyphens between them or none; a leading `sha256:`, or
    /// what `openssl` prints before the digits, may stand before them.
    package init?(_ text: String) {
        guard text.utf8.count <= 256 else { return nil }
        let lower = text.lowercased()
        let digits = lower.split(separator: "=").last.map(String.init) ?? lower
        let bare =
            digits.hasPrefix("sha256:") ? digits.dropFirst(7) : digits.hasPrefix("sha-256:") ? digits.dropFirst(8) : digits[...]
        let hex = bare.filter { $0 != ":" && $0 != " " && $0 != "-" }
        guard hex.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        var rest = hex[...]
        while !rest.isEmpty {
            guard rest.utf8.prefix(2).allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }),
                let byte = UInt8(rest.prefix(2), radix: 16)
            else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(digest: bytes)
    }

    /// `AB:CD:…`, in upper case.
    package var description: String {
        digest.map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.count == 2 ? digits : "0" + digits
        }.joined(separator: ":")
    }
}
