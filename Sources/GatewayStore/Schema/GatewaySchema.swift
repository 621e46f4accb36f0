import GRDB

/// The schema, as the ordered list of everything that ever changed it.
///
/// Append-only: a migration that was once on main is never altered, renamed or moved; a change is a new migration in its
/// schema file, and its schema file's line stays where it stands. A schema file registers its migrations, named
/// `FILE-NUMBER`, in order.
package enum GatewaySchema {
    package static func migrator() -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        EventSchema.register(in: &migrator)
        AccountSchema.register(in: &migrator)
        IncidentSchema.register(in: &migrator)
        CameraRegistrySchema.register(in: &migrator)
        DispatchSchema.register(in: &migrator)
        FootageSchema.register(in: &migrator)
        PublishingSchema.register(in: &migrator)
        // Further schema files follow here, one line each.
        return migrator
    }
}
