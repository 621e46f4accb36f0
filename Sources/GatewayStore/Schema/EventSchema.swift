import GRDB

/// Events: what consoles are told, resumable by number.
enum EventSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("event-1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE event (
                        -- Rises with every event; AUTOINCREMENT never gives a number twice, even after pruning.
                        id              INTEGER PRIMARY KEY AUTOINCREMENT,
                        -- Milliseconds since 1970.
                        at_ms           INTEGER NOT NULL,
                        -- Kind as the API says it: «incident.opened».
                        kind            TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
                        -- Identity of the thing it is about.
                        subject         TEXT NOT NULL CHECK (length(subject) <= 200),
                        -- The incident it belongs to. No foreign key: an event may outlive what it tells of.
                        incident_id     TEXT,
                        -- The camera point it belongs to.
                        camera_point_id TEXT,
                        -- JSON object; no credential, ticket or picture.
                        payload         TEXT NOT NULL CHECK (json_valid(payload) AND json_type(payload) = 'object')
                    ) STRICT;

                    CREATE INDEX event_by_time ON event (at_ms);

                    -- INSERT OR REPLACE would take the place of an event without any other trigger.
                    CREATE TRIGGER event_is_not_replaced BEFORE INSERT ON event
                    WHEN EXISTS (SELECT 1 FROM event WHERE id = NEW.id)
                    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

                    CREATE TRIGGER event_is_not_updated BEFORE UPDATE ON event
                    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

                    -- Pruning takes only what is older than seven days by the machine's clock.
                    CREATE TRIGGER event_is_kept BEFORE DELETE ON event
                    WHEN OLD.at_ms > (CAST(strftime('%s', 'now') AS INTEGER) - 7 * 86400) * 1000
                    BEGIN SELECT RAISE(ABORT, 'events of the last seven days are kept'); END;
                    """)
        }
    }
}
