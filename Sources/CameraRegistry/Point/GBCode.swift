/// The 20-digit identity of a device in the public-security video networks (GB/T 28181-2022, annex E):
/// 8 civil code · 2 industry · 3 type · 1 network · 6 serial.
package struct GBCode: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Why a text is not a code.
    package enum Fault: Error, Hashable, Sendable {
        /// A spreadsheet held the code as a floating-point number and lost its last five digits.
        case spreadsheetNumber
        case length(Int)
        case character
        case province
    }

    /// Exactly 20 ASCII digits.
    package let digits: String

    private init(unchecked digits: String) { self.digits = digits }

    /// Twenty zeros: stands in a draft whose own code was refused, and is never stored.
    package static let none = GBCode(unchecked: String(repeating: "0", count: 20))

    package init?(_ text: String) {
        guard case .success(let code) = Self.parse(text) else { return nil }
        self = code
    }

    /// Takes the bare digits only; what a spreadsheet wraps around them is undone by the inventory reader.
    ///
    /// Twenty digits of which the last five are zero are what remains of a code that was a number once (a double holds
    /// 15 digits), so serials that are multiples of 100,000 do not exist here.
    package static func parse(_ text: String) -> Result<GBCode, Fault> {
        let bytes = Array(text.utf8)
        if looksLikeSpreadsheetNumber(bytes) { return .failure(.spreadsheetNumber) }
        guard bytes.allSatisfy({ (0x30...0x39).contains($0) }), !bytes.isEmpty else { return .failure(.character) }
        guard bytes.count == 20 else { return .failure(.length(bytes.count)) }
        guard bytes[15...].contains(where: { $0 != 0x30 }) else { return .failure(.spreadsheetNumber) }
        guard provinces.contains(String(text.prefix(2))) else { return .failure(.province) }
        return .success(GBCode(unchecked: text))
    }

    /// `5.11321E+19`, `5.11321e19`, `51132100001310000000.0`.
    private static func looksLikeSpreadsheetNumber(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, (0x30...0x39).contains(first), bytes.count <= 40 else { return false }
        guard bytes.allSatisfy({ (0x30...0x39).contains($0) || "eE.+,".utf8.contains($0) }) else { return false }
        return bytes.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }
    }

    /// GB/T 2260: the provinces' two digits.
    private static let provinces: Set<String> = Set(
        [
            11...15, 21...23, 31...37, 41...46, 50...54, 61...65, 71...71, 81...82,
        ].flatMap { $0.map(String.init) })

    private func part(_ offset: Int, _ length: Int) -> String { String(digits.dropFirst(offset).prefix(length)) }

    /// 8 digits: province, prefecture, county, and the basic unit within the county.
    package var civilCode: String { part(0, 8) }
    /// 6 digits: the county alone, `511321` for Nanbu.
    package var county: String { part(0, 6) }
    package var industry: String { part(8, 2) }
    /// 131 camera, 132 IP camera, 118 NVR, 111 DVR, 200 SIP centre …
    package var type: String { part(10, 3) }
    package var network: String { part(13, 1) }
    package var serial: String { part(14, 6) }

    /// Whether it names a camera (131) or an IP camera (132), and so may be a camera point's.
    package var isCamera: Bool { type == "131" || type == "132" }

    package var description: String { digits }
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.digits < rhs.digits }
}
