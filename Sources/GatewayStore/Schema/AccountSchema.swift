import Accounts
import GRDB

/// Accounts, sessions, and the viewing register.
enum AccountSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("account-1") { db in
            try db.execute(sql: account)
            try db.execute(sql: viewing)
        }
    }

    private static let account = """
        CREATE TABLE account (
            id                  TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            -- What the person signs in with.
            name                TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
            -- The name in lower case: two accounts never differ by case alone.
            folded_name         TEXT NOT NULL UNIQUE,
            role                TEXT NOT NULL CHECK (role IN (
                                    'administrator', 'auditor', 'operator', 'callTaker', 'commander', 'leadDepartment',
                                    'securityCompany', 'memberUnit')),
            -- Unit as people call it; empty if none.
            unit                TEXT NOT NULL CHECK (length(unit) <= 100),
            -- Company whose points the account sees. No foreign key: the registry is another module's.
            security_company_id TEXT,
            -- scrypt hash with its parameters: «$scrypt$ln=15,r=8,p=1$SALT$HASH».
            password_hash       TEXT NOT NULL CHECK (password_hash GLOB '$scrypt$*'),
            -- Milliseconds since 1970.
            created_ms          INTEGER NOT NULL,
            -- 1: cannot sign in. Accounts are never deleted: registers name them.
            is_disabled         INTEGER NOT NULL DEFAULT 0 CHECK (is_disabled IN (0, 1)),
            CHECK ((role = 'securityCompany') = (security_company_id IS NOT NULL))
        ) STRICT, WITHOUT ROWID;

        -- INSERT OR REPLACE would take the place of an account without any other trigger.
        CREATE TRIGGER account_is_not_replaced BEFORE INSERT ON account
        WHEN EXISTS (SELECT 1 FROM account WHERE id = NEW.id OR folded_name = NEW.folded_name)
        BEGIN SELECT RAISE(ABORT, 'accounts are never replaced'); END;

        CREATE TRIGGER account_is_not_deleted BEFORE DELETE ON account
        BEGIN SELECT RAISE(ABORT, 'accounts are disabled, never deleted'); END;

        CREATE TRIGGER account_keeps_identity BEFORE UPDATE ON account WHEN NEW.id IS NOT OLD.id
        BEGIN SELECT RAISE(ABORT, 'an account keeps its identity'); END;

        CREATE TABLE session (
            id          TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            account_id  TEXT NOT NULL REFERENCES account (id),
            -- SHA-256 of the token; the token itself is stored nowhere.
            token_hash  BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
            -- Milliseconds since 1970.
            created_ms  INTEGER NOT NULL,
            -- Milliseconds since 1970; moves on with use.
            expires_ms  INTEGER NOT NULL,
            -- Address that signed in.
            peer        TEXT NOT NULL,
            CHECK (expires_ms > created_ms)
        ) STRICT, WITHOUT ROWID;

        CREATE INDEX session_by_account ON session (account_id);
        CREATE INDEX session_by_expiry ON session (expires_ms);
        """

    private static let viewing = """
        -- The viewing register. It outlives what it names: no foreign keys, and names as of then.
        CREATE TABLE viewing_record (
            -- 1, 2, 3 … without a hole.
            number              INTEGER PRIMARY KEY,
            kind                TEXT NOT NULL CHECK (kind IN ('ticketIssued', 'viewStarted', 'viewEnded')),
            -- Milliseconds since 1970.
            at_ms               INTEGER NOT NULL,
            account_id          TEXT NOT NULL,
            account_name        TEXT NOT NULL,
            role                TEXT NOT NULL,
            unit                TEXT NOT NULL,
            session_id          TEXT,
            camera_point_id     TEXT NOT NULL,
            camera_point_name   TEXT NOT NULL,
            stream              TEXT NOT NULL CHECK (stream IN ('main', 'sub')),
            purpose             TEXT NOT NULL CHECK (purpose IN ('incident', 'patrol', 'acceptance', 'maintenance')),
            incident_id         TEXT,
            link_id             TEXT,
            -- Why, in the person's words.
            reason              TEXT,
            -- Joins the start and the end of one view; NULL for a ticket.
            view_id             TEXT,
            -- rtsp, console, live, snapshot; NULL for a ticket.
            medium              TEXT,
            peer                TEXT,
            -- Bytes delivered, and why it ended; of an ended view only.
            bytes               INTEGER CHECK (bytes >= 0),
            end_reason          TEXT,
            -- SHA-256 of the row before, and of this one (see ViewingRecord).
            previous_hash       BLOB NOT NULL CHECK (length(previous_hash) = 32),
            hash                BLOB NOT NULL CHECK (length(hash) = 32),
            CHECK ((kind = 'ticketIssued') = (view_id IS NULL)),
            CHECK (purpose <> 'incident' OR incident_id IS NOT NULL)
        ) STRICT;

        -- A view starts once and ends once.
        CREATE UNIQUE INDEX viewing_once ON viewing_record (view_id, kind) WHERE view_id IS NOT NULL;
        CREATE INDEX viewing_by_time ON viewing_record (at_ms);
        CREATE INDEX viewing_by_account ON viewing_record (account_id, number);
        CREATE INDEX viewing_by_camera_point ON viewing_record (camera_point_id, number);
        CREATE INDEX viewing_by_incident ON viewing_record (incident_id, number) WHERE incident_id IS NOT NULL;

        -- Last row ever written: a cut tail shows. One row.
        CREATE TABLE viewing_head (
            one     INTEGER PRIMARY KEY CHECK (one = 1),
            number  INTEGER NOT NULL,
            hash    BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        INSERT INTO viewing_head (one, number, hash) VALUES (1, 0, zeroblob(32));

        -- Views that have started and not ended: what a start after a kill has to end.
        CREATE TABLE viewing_open (
            view_id TEXT PRIMARY KEY,
            -- Row of its start.
            number  INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TRIGGER viewing_opens AFTER INSERT ON viewing_record WHEN NEW.kind = 'viewStarted'
        BEGIN INSERT INTO viewing_open (view_id, number) VALUES (NEW.view_id, NEW.number); END;

        CREATE TRIGGER viewing_closes AFTER INSERT ON viewing_record WHEN NEW.kind = 'viewEnded'
        BEGIN DELETE FROM viewing_open WHERE view_id = NEW.view_id; END;

        CREATE TRIGGER viewing_follows BEFORE INSERT ON viewing_record
        WHEN NOT EXISTS (SELECT 1 FROM viewing_head WHERE number = NEW.number - 1 AND hash = NEW.previous_hash)
        BEGIN SELECT RAISE(ABORT, 'a viewing record follows the last one'); END;

        CREATE TRIGGER viewing_moves_head AFTER INSERT ON viewing_record
        BEGIN UPDATE viewing_head SET number = NEW.number, hash = NEW.hash; END;

        CREATE TRIGGER viewing_is_not_updated BEFORE UPDATE ON viewing_record
        BEGIN SELECT RAISE(ABORT, 'the viewing register is append-only'); END;

        -- Three years by the machine's clock (see ViewingRecord.retentionDays).
        CREATE TRIGGER viewing_is_kept BEFORE DELETE ON viewing_record
        WHEN OLD.at_ms > (CAST(strftime('%s', 'now') AS INTEGER) - 1098 * 86400) * 1000
        BEGIN SELECT RAISE(ABORT, 'viewing records are kept three years'); END;

        CREATE TRIGGER viewing_head_is_not_replaced BEFORE INSERT ON viewing_head
        BEGIN SELECT RAISE(ABORT, 'the viewing register only grows'); END;

        CREATE TRIGGER viewing_head_only_grows BEFORE UPDATE ON viewing_head
        WHEN NEW.number IS NOT OLD.number + 1
        BEGIN SELECT RAISE(ABORT, 'the viewing register only grows'); END;

        CREATE TRIGGER viewing_head_is_not_deleted BEFORE DELETE ON viewing_head
        BEGIN SELECT RAISE(ABORT, 'the viewing register only grows'); END;
        """
}
