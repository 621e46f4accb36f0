/// A key that the code read, as it read it: the sample file is held against these.
struct ConfigurationKey: Equatable {
    /// Dotted: `http.port`.
    let path: String
    /// As it would be written in the file.
    let defaultText: String
    /// As it took effect; «(secret)» for a secret that is set.
    let valueText: String
    /// What may stand there, in words.
    let allowed: String
    let isSecret: Bool
}
