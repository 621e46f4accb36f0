import GRDB

/// Publishing tickets, and the register of what became of them.
enum PublishingSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("publishing-1") { db in try db.execute(sql: publishing) }
        migrator.registerMigration("publishing-2") { db in try db.execute(sql: order) }
    }

    private static let publishing = """
        CREATE TABLE publishing_ticket (
            id                  TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            -- No foreign key: a ticket outlives a deleted point; the name is as of then.
            camera_point_id     TEXT NOT NULL CHECK (length(camera_point_id) BETWEEN 1 AND 64),
            camera_point_name   TEXT NOT NULL,
            stream              TEXT NOT NULL CHECK (stream IN ('main', 'sub')),
            -- Which relay has it, in a person's words; empty if they said nothing.
            note                TEXT NOT NULL CHECK (length(note) <= 200),
            -- Milliseconds since 1970.
            issued_ms           INTEGER NOT NULL,
            -- Who asked for it, as that account was named then.
            issued_by           TEXT NOT NULL,
            issued_by_name      TEXT NOT NULL,
            issued_by_role      TEXT NOT NULL,
            issued_by_unit      TEXT NOT NULL,
            -- Milliseconds since 1970.
            expires_ms          INTEGER NOT NULL,
            -- Milliseconds since 1970; NULL while it is good.
            revoked_ms          INTEGER,
            revoked_by_name     TEXT,
            CHECK ((revoked_ms IS NULL) = (revoked_by_name IS NULL)),
            CHECK (expires_ms > issued_ms)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX publishing_ticket_by_point ON publishing_ticket (camera_point_id, issued_ms);
        CREATE INDEX publishing_ticket_good ON publishing_ticket (expires_ms) WHERE revoked_ms IS NULL;

        CREATE TRIGGER publishing_ticket_is_final BEFORE UPDATE ON publishing_ticket
        WHEN OLD.revoked_ms IS NOT NULL OR NEW.id IS NOT OLD.id OR NEW.camera_point_id IS NOT OLD.camera_point_id
            OR NEW.stream IS NOT OLD.stream OR NEW.issued_ms IS NOT OLD.issued_ms OR NEW.issued_by IS NOT OLD.issued_by
            OR NEW.expires_ms IS NOT OLD.expires_ms
        BEGIN SELECT RAISE(ABORT, 'a publishing ticket is only ever revoked'); END;

        CREATE TRIGGER publishing_ticket_is_not_deleted BEFORE DELETE ON publishing_ticket
        BEGIN SELECT RAISE(ABORT, 'publishing tickets are kept'); END;

        -- The publishing register. It outlives what it names: no foreign keys.
        CREATE TABLE publishing_record (
            number          INTEGER PRIMARY KEY AUTOINCREMENT,
            kind            TEXT NOT NULL CHECK (kind IN ('issued', 'revoked', 'began', 'ended', 'refused')),
            -- Milliseconds since 1970.
            at_ms           INTEGER NOT NULL,
            -- NULL where what was shown is no ticket of this gateway.
            ticket_id       TEXT,
            camera_point_id TEXT,
            stream          TEXT CHECK (stream IN ('main', 'sub')),
            -- Who issued or revoked; NULL for what a publisher did.
            actor_id        TEXT,
            actor_name      TEXT,
            actor_role      TEXT,
            actor_unit      TEXT,
            -- Joins the beginning and the end of one publishing.
            publication_id  TEXT,
            peer            TEXT,
            -- That the publisher sent; of an ended publishing only.
            bytes           INTEGER CHECK (bytes >= 0),
            -- Why it ended, or why it was refused.
            reason          TEXT,
            -- How often the same was refused to the same address within a minute.
            times           INTEGER NOT NULL CHECK (times >= 1),
            CHECK ((kind IN ('issued', 'revoked')) = (actor_id IS NOT NULL)),
            CHECK ((kind IN ('began', 'ended')) = (publication_id IS NOT NULL)),
            CHECK ((kind IN ('ended', 'refused')) = (reason IS NOT NULL)),
            CHECK (kind = 'refused' OR ticket_id IS NOT NULL)
        ) STRICT;

        CREATE INDEX publishing_record_by_point ON publishing_record (camera_point_id, number);
        CREATE UNIQUE INDEX publishing_once ON publishing_record (publication_id, kind) WHERE publication_id IS NOT NULL;

        CREATE TRIGGER publishing_record_is_not_updated BEFORE UPDATE ON publishing_record
        BEGIN SELECT RAISE(ABORT, 'the publishing register is append-only'); END;

        -- Three years by the machine's clock, as viewing records.
        CREATE TRIGGER publishing_record_is_kept BEFORE DELETE ON publishing_record
        WHEN OLD.at_ms > (CAST(strftime('%s', 'now') AS INTEGER) - 1098 * 86400) * 1000
        BEGIN SELECT RAISE(ABORT, 'publishing records are kept three years'); END;
        """

    /// The register is read by time: what a gate writes a moment late stands where it happened.
    private static let order = """
        DROP INDEX publishing_record_by_point;
        CREATE INDEX publishing_record_by_time ON publishing_record (at_ms, number);
        CREATE INDEX publishing_record_by_point_and_time ON publishing_record (camera_point_id, at_ms, number);
        """
}
