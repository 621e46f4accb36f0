/// Makes passwords that a person can read out and type: four groups of five characters, `k7dmz-2xqpf-h9vta-3rwes`.
///
/// 20 characters of an alphabet of 31 are 99 random bits. The alphabet has no `0`, `1`, `i`, `l`, `o`, which people mistake
/// for each other, and only lower case.
package enum PasswordGenerator {
    package static let alphabet = Array("23456789abcdefghjkmnpqrstuvwxyz")

    package static func password() -> String {
        var generator = SystemRandomNumberGenerator()
        return password(using: &generator)
    }

    package static func password(using generator: inout some RandomNumberGenerator) -> String {
        let groups = (0..<4).map { _ in
            String((0..<5).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
        }
        return groups.joined(separator: "-")
    }
}
