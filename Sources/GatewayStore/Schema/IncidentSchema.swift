import GRDB

/// Incidents and their hash-chained journals.
enum IncidentSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("incident-1") { db in
            try db.execute(sql: incident)
            try db.execute(sql: journal)
        }
    }

    private static let incident = """
        CREATE TABLE incident (
            -- Rises in the order of opening; the cursor of listings.
            row             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            -- Day at UTC+8 and running number of the day: «20261123-004».
            number          TEXT NOT NULL UNIQUE,
            title           TEXT NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
            category        TEXT NOT NULL CHECK (category IN (
                                'naturalDisaster', 'accident', 'publicHealth', 'socialSafety',
                                'crime', 'traffic', 'rescue', 'other')),
            -- Event level, I the gravest; NULL: not judged.
            level           TEXT CHECK (level IN ('I', 'II', 'III', 'IV')),
            -- 1: the level is still to be confirmed.
            provisional     INTEGER NOT NULL DEFAULT 0 CHECK (provisional IN (0, 1)),
            mode            TEXT NOT NULL CHECK (mode IN ('normal', 'wartime')),
            stage           TEXT NOT NULL,
            -- WGS-84 degrees; both or neither.
            longitude       REAL CHECK (longitude BETWEEN -180 AND 180),
            latitude        REAL CHECK (latitude BETWEEN -90 AND 90),
            address         TEXT CHECK (length(address) <= 300),
            -- 1: an exercise.
            is_drill        INTEGER NOT NULL CHECK (is_drill IN (0, 1)),
            -- Ground for links of private points that name none.
            ground          TEXT CHECK (ground IN ('dangerToLife', 'disaster', 'accident', 'publicHealth', 'crimeInProgress')),
            -- Milliseconds since 1970.
            opened_ms       INTEGER NOT NULL,
            -- Who opened it, as that account was named then.
            opened_by       TEXT NOT NULL,
            opened_by_name  TEXT NOT NULL,
            opened_by_role  TEXT NOT NULL,
            opened_by_unit  TEXT NOT NULL,
            -- Milliseconds since 1970; NULL while active.
            ended_ms        INTEGER,
            CHECK ((longitude IS NULL) = (latitude IS NULL)),
            CHECK ((mode = 'normal' AND stage IN ('received', 'notified', 'handling', 'feedback', 'closed'))
                OR (mode = 'wartime' AND stage IN (
                    'reporting', 'firstResponse', 'response', 'coordination', 'escalation', 'ended'))),
            CHECK ((ended_ms IS NOT NULL) = (stage IN ('closed', 'ended'))),
            CHECK (provisional = 0 OR mode = 'wartime'),
            -- The wartime threshold.
            CHECK (mode = 'normal' OR (level IS NOT NULL AND level IN ('I', 'II', 'III')
                AND category IN ('naturalDisaster', 'accident', 'publicHealth', 'socialSafety')))
        ) STRICT;

        CREATE INDEX incident_active ON incident (row) WHERE ended_ms IS NULL;

        -- INSERT OR REPLACE would take the place of an incident without any other trigger.
        CREATE TRIGGER incident_is_not_replaced BEFORE INSERT ON incident
        WHEN EXISTS (SELECT 1 FROM incident WHERE id = NEW.id OR number = NEW.number OR row = NEW.row)
        BEGIN SELECT RAISE(ABORT, 'incidents are kept'); END;

        CREATE TRIGGER incident_is_not_deleted BEFORE DELETE ON incident
        BEGIN SELECT RAISE(ABORT, 'incidents are kept'); END;

        CREATE TRIGGER incident_ended_is_final BEFORE UPDATE ON incident WHEN OLD.ended_ms IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an ended incident does not change'); END;

        CREATE TRIGGER incident_opening_is_final BEFORE UPDATE ON incident
        WHEN NEW.row IS NOT OLD.row OR NEW.id IS NOT OLD.id OR NEW.number IS NOT OLD.number
            OR NEW.category IS NOT OLD.category OR NEW.is_drill IS NOT OLD.is_drill OR NEW.opened_ms IS NOT OLD.opened_ms
            OR NEW.opened_by IS NOT OLD.opened_by OR NEW.opened_by_name IS NOT OLD.opened_by_name
            OR NEW.opened_by_role IS NOT OLD.opened_by_role OR NEW.opened_by_unit IS NOT OLD.opened_by_unit
        BEGIN SELECT RAISE(ABORT, 'how an incident was opened does not change'); END;
        """

    private static let journal = """
        CREATE TABLE journal_entry (
            incident_id     TEXT NOT NULL REFERENCES incident (id),
            -- 1, 2, 3 … within the incident.
            sequence        INTEGER NOT NULL CHECK (sequence >= 1),
            -- Milliseconds since 1970.
            at_ms           INTEGER NOT NULL,
            -- Account, name, role and unit as of then; all NULL for the gateway itself.
            actor_id        TEXT,
            actor_name      TEXT,
            actor_role      TEXT,
            actor_unit      TEXT,
            kind            TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
            -- One Chinese sentence.
            text            TEXT NOT NULL,
            -- JSON object, hashed byte for byte as it stands here.
            body            TEXT NOT NULL CHECK (json_valid(body) AND json_type(body) = 'object'),
            -- SHA-256 of the entry before; zeros for the first.
            previous_hash   BLOB NOT NULL CHECK (length(previous_hash) = 32),
            -- SHA-256 of the entry's canonical bytes (see JournalEntry).
            hash            BLOB NOT NULL CHECK (length(hash) = 32),
            PRIMARY KEY (incident_id, sequence),
            CHECK ((actor_id IS NULL) = (actor_name IS NULL) AND (actor_id IS NULL) = (actor_role IS NULL)
                AND (actor_id IS NULL) = (actor_unit IS NULL))
        ) STRICT, WITHOUT ROWID;

        -- Where each journal stands, apart from its entries: a cut tail shows.
        CREATE TABLE journal_head (
            incident_id     TEXT PRIMARY KEY REFERENCES incident (id),
            -- Entries so far.
            entries         INTEGER NOT NULL CHECK (entries >= 0),
            -- Hash of the last entry; zeros before the first.
            hash            BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER incident_gets_journal AFTER INSERT ON incident
        BEGIN INSERT INTO journal_head (incident_id, entries, hash) VALUES (NEW.id, 0, zeroblob(32)); END;

        CREATE TRIGGER journal_entry_follows BEFORE INSERT ON journal_entry
        WHEN NOT EXISTS (SELECT 1 FROM journal_head WHERE incident_id = NEW.incident_id
            AND entries = NEW.sequence - 1 AND hash = NEW.previous_hash)
        BEGIN SELECT RAISE(ABORT, 'a journal entry follows the last one'); END;

        CREATE TRIGGER journal_entry_moves_head AFTER INSERT ON journal_entry
        BEGIN UPDATE journal_head SET entries = NEW.sequence, hash = NEW.hash WHERE incident_id = NEW.incident_id; END;

        CREATE TRIGGER journal_entry_is_not_updated BEFORE UPDATE ON journal_entry
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

        CREATE TRIGGER journal_entry_is_not_deleted BEFORE DELETE ON journal_entry
        BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

        CREATE TRIGGER journal_head_is_not_replaced BEFORE INSERT ON journal_head
        WHEN EXISTS (SELECT 1 FROM journal_head WHERE incident_id = NEW.incident_id)
        BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;

        CREATE TRIGGER journal_head_only_grows BEFORE UPDATE ON journal_head
        WHEN NEW.incident_id IS NOT OLD.incident_id OR NEW.entries IS NOT OLD.entries + 1
        BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;

        CREATE TRIGGER journal_head_is_not_deleted BEFORE DELETE ON journal_head
        BEGIN SELECT RAISE(ABORT, 'a journal only grows'); END;
        """
}
