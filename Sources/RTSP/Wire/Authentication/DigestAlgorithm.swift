import Crypto

/// Hash of a Digest challenge (RFC 7616 section 3.3). RFC 2069 and 2617 cameras name none: MD5.
package enum DigestAlgorithm: String, Sendable, Hashable, CaseIterable {
    case md5 = "MD5"
    case md5Session = "MD5-sess"
    case sha256 = "SHA-256"
    case sha256Session = "SHA-256-sess"

    /// Case and the quotes that some cameras put around it do not matter; `nil` for one that is not carried.
    package init?(wireName: String) {
        guard let match = Self.allCases.first(where: { $0.rawValue.equalsIgnoringCase(wireName) }) else { return nil }
        self = match
    }

    package var isSession: Bool { self == .md5Session || self == .sha256Session }

    /// Stronger is greater.
    var strength: Int { self == .md5 || self == .md5Session ? 1 : 2 }

    /// Lower-case hexadecimal hash of the text's UTF-8.
    func hash(_ text: String) -> String {
        switch self {
        case .md5, .md5Session: hexadecimal(Insecure.MD5.hash(data: Array(text.utf8)))
        case .sha256, .sha256Session: hexadecimal(SHA256.hash(data: Array(text.utf8)))
        }
    }
}

/// Lower-case hexadecimal digits of the bytes.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}
