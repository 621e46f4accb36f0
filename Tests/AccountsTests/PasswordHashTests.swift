import Testing

@testable import Accounts

@Suite struct PasswordHashTests {
    private let cheap = PasswordHash.Parameters(logCost: 4)

    /// Made by another implementation (Python's hashlib.scrypt).
    @Test func aForeignHashIsUnderstood() throws {
        let hash = try #require(
            PasswordHash("$scrypt$ln=10,r=8,p=2$AAECAwQFBgcICQoLDA0ODw$jqUlkLUhz8mifOaPLzTBSLb5TZnWe6gpxmTyP5xrZ1Y"))
        #expect(try hash.matches("口令pass word"))
        #expect(try !hash.matches("口令pass word "))
    }

    @Test func aHashComesBackFromItsText() throws {
        let hash = try PasswordHash(of: "correct horse", parameters: cheap)
        let read = try #require(PasswordHash(hash.description))
        #expect(read == hash)
        #expect(try read.matches("correct horse"))
        #expect(try !read.matches("correct horsf"))
        #expect(try !read.matches(""))
    }

    @Test func saltsDiffer() throws {
        let first = try PasswordHash(of: "x", parameters: cheap)
        let second = try PasswordHash(of: "x", parameters: cheap)
        #expect(first.salt != second.salt)
        #expect(first.key != second.key)
    }

    @Test func composedAndDecomposedSpellingsAreOne() throws {
        let hash = try PasswordHash(of: "caf\u{E9}", parameters: cheap)
        #expect(try hash.matches("cafe\u{301}"))
    }

    @Test func theStandardCostIsTwoToTheFifteenth() throws {
        #expect(try PasswordHash(of: "x").description.hasPrefix("$scrypt$ln=15,r=8,p=1$"))
    }

    @Test(arguments: [
        "", "$", "scrypt", "$scrypt$ln=15,r=8,p=1$$", "$scrypt$ln=40,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$",
        "$scrypt$ln=-1,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=18,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=99999999999999999999,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=15,r=8,p=1$AAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA", "$bcrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA",
        "$scrypt$ln=15,r=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ])
    func whatIsNoHashIsNoHash(text: String) { #expect(PasswordHash(text) == nil) }

    @Test func theHasherRefusesWhatItDoesNotKnow() async throws {
        let hasher = PasswordHasher(parameters: cheap)
        let hash = try await hasher.hash("one")
        #expect(try await hasher.verify("one", against: hash))
        #expect(try await !hasher.verify("two", against: hash))
        #expect(try await !hasher.verify("one", against: nil))
        #expect(try await !hasher.verify("one", against: "one"))
    }
}
