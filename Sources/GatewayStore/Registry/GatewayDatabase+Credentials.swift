import GRDB

extension GatewayDatabase {
    /// Whether any stream has credentials that only the vault's present key opens.
    package func holdsSealedCredentials() throws -> Bool {
        try pool.read { db in
            try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM camera_stream WHERE credentials IS NOT NULL)") ?? false
        }
    }
}
