import GRDB

/// The index of recorded footage; the footage itself is files.
enum FootageSchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("footage-1") { db in
            try db.execute(sql: run)
            try db.execute(sql: gap)
        }
    }

    private static let run = """
        CREATE TABLE footage_run (
            -- Rises in the order of beginning.
            row             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            incident_id     TEXT NOT NULL REFERENCES incident (id),
            link_id         TEXT NOT NULL REFERENCES link (id),
            camera_point_id TEXT NOT NULL,
            stream          TEXT NOT NULL CHECK (stream IN ('main', 'sub')),
            -- Below the footage folder: «2026-11-23/ID.mp4».
            path            TEXT NOT NULL UNIQUE,
            -- «video/mp4; codecs="avc1.640028"».
            mime_type       TEXT NOT NULL,
            -- Wall time of the first fragment, milliseconds since 1970, and its media time in ticks of 1/90,000 s.
            started_ms      INTEGER NOT NULL,
            media_start_90k INTEGER NOT NULL,
            -- Milliseconds since 1970; NULL while it is written.
            ended_ms        INTEGER,
            -- Bytes of whole fragments, from the start of the file.
            playable_bytes  INTEGER NOT NULL DEFAULT 0 CHECK (playable_bytes >= 0),
            end_reason      TEXT CHECK (end_reason IN (
                                'linkEnded', 'parametersChanged', 'feedEnded', 'overflow', 'diskReserve', 'writeFailed',
                                'shutdown', 'interrupted')),
            CHECK ((ended_ms IS NULL) = (end_reason IS NULL))
        ) STRICT;

        CREATE INDEX footage_run_by_incident ON footage_run (incident_id, row);
        CREATE INDEX footage_run_open ON footage_run (row) WHERE ended_ms IS NULL;

        CREATE TRIGGER footage_run_ended_is_final BEFORE UPDATE ON footage_run WHEN OLD.ended_ms IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an ended run does not change'); END;

        -- One row a GOP.
        CREATE TABLE footage_mark (
            run_id      TEXT NOT NULL REFERENCES footage_run (id) ON DELETE CASCADE,
            -- Bytes from the file's start to the key frame's moof.
            offset      INTEGER NOT NULL CHECK (offset >= 0),
            -- Ticks of 1/90,000 s.
            media_90k   INTEGER NOT NULL,
            -- Milliseconds since 1970.
            wall_ms     INTEGER NOT NULL,
            PRIMARY KEY (run_id, offset)
        ) STRICT, WITHOUT ROWID;
        """

    private static let gap = """
        CREATE TABLE footage_gap (
            row             INTEGER PRIMARY KEY,
            id              TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            incident_id     TEXT NOT NULL REFERENCES incident (id),
            link_id         TEXT NOT NULL REFERENCES link (id),
            camera_point_id TEXT NOT NULL,
            -- Milliseconds since 1970, half-open; to is NULL while the gap lasts.
            from_ms         INTEGER NOT NULL,
            to_ms           INTEGER CHECK (to_ms >= from_ms),
            reason          TEXT NOT NULL CHECK (reason IN ('noSignal', 'overflow', 'diskReserve', 'writeFailed', 'daemonStopped'))
        ) STRICT;

        CREATE INDEX footage_gap_by_incident ON footage_gap (incident_id, row);
        CREATE INDEX footage_gap_open ON footage_gap (row) WHERE to_ms IS NULL;
        """
}
