import GRDB

/// Links of camera points to incidents.
enum DispatchSchema {
    static let steps = [("dispatch-1", link), ("dispatch-2", moreEndReasons)]

    static func register(in migrator: inout DatabaseMigrator) {
        for (name, sql) in steps { migrator.registerMigration(name) { db in try db.execute(sql: sql) } }
    }

    private static let link = """
        CREATE TABLE link (
            -- Rises in the order of linking.
            row                 INTEGER PRIMARY KEY,
            id                  TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            incident_id         TEXT NOT NULL REFERENCES incident (id),
            -- No foreign key: a link outlives a deleted point; the name is as of then.
            camera_point_id     TEXT NOT NULL CHECK (length(camera_point_id) BETWEEN 1 AND 64),
            camera_point_name   TEXT NOT NULL,
            -- 1: its feed is recorded while it lasts.
            record              INTEGER NOT NULL CHECK (record IN (0, 1)),
            -- For what danger a private point is looked at.
            ground              TEXT CHECK (ground IN ('dangerToLife', 'disaster', 'accident', 'publicHealth', 'crimeInProgress')),
            -- Why, in the person's words; set for every view into a room.
            reason              TEXT CHECK (length(reason) BETWEEN 1 AND 500),
            -- Milliseconds since 1970.
            linked_ms           INTEGER NOT NULL,
            -- Who linked it, as that account was named then.
            linked_by           TEXT NOT NULL,
            linked_by_name      TEXT NOT NULL,
            linked_by_role      TEXT NOT NULL,
            linked_by_unit      TEXT NOT NULL,
            -- Milliseconds since 1970; moves on with a renewal.
            expires_ms          INTEGER NOT NULL,
            -- Milliseconds since 1970; NULL while it lasts.
            ended_ms            INTEGER,
            end_reason          TEXT CHECK (end_reason IN ('unlinked', 'expired', 'incidentEnded', 'pointRemoved')),
            CHECK ((ended_ms IS NULL) = (end_reason IS NULL)),
            CHECK (expires_ms > linked_ms)
        ) STRICT;

        -- A point is linked to an incident once at a time.
        CREATE UNIQUE INDEX link_once ON link (incident_id, camera_point_id) WHERE ended_ms IS NULL;
        CREATE INDEX link_active ON link (expires_ms) WHERE ended_ms IS NULL;
        CREATE INDEX link_by_incident ON link (incident_id, row);
        CREATE INDEX link_by_person ON link (linked_by, linked_ms);

        CREATE TRIGGER link_needs_active_incident BEFORE INSERT ON link
        WHEN EXISTS (SELECT 1 FROM incident WHERE id = NEW.incident_id AND ended_ms IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'an ended incident takes no link'); END;

        CREATE TRIGGER link_ended_is_final BEFORE UPDATE ON link WHEN OLD.ended_ms IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an ended link does not change'); END;

        CREATE TRIGGER link_making_is_final BEFORE UPDATE ON link
        WHEN NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id OR NEW.camera_point_id IS NOT OLD.camera_point_id
            OR NEW.camera_point_name IS NOT OLD.camera_point_name OR NEW.record IS NOT OLD.record OR NEW.ground IS NOT OLD.ground
            OR NEW.reason IS NOT OLD.reason OR NEW.linked_ms IS NOT OLD.linked_ms OR NEW.linked_by IS NOT OLD.linked_by
        BEGIN SELECT RAISE(ABORT, 'how a point was linked does not change'); END;

        CREATE TRIGGER link_is_not_deleted BEFORE DELETE ON link
        BEGIN SELECT RAISE(ABORT, 'links are kept'); END;
        """

    /// SQLite cannot alter a CHECK: the table is made anew, with all that belongs to it. Its rows and their numbers stay.
    private static let moreEndReasons = """
        CREATE TABLE link_2 (
            -- Rises in the order of linking.
            row                 INTEGER PRIMARY KEY,
            id                  TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            incident_id         TEXT NOT NULL REFERENCES incident (id),
            -- No foreign key: a link outlives a deleted point; the name is as of then.
            camera_point_id     TEXT NOT NULL CHECK (length(camera_point_id) BETWEEN 1 AND 64),
            camera_point_name   TEXT NOT NULL,
            -- 1: its feed is recorded while it lasts.
            record              INTEGER NOT NULL CHECK (record IN (0, 1)),
            -- For what danger a private point is looked at.
            ground              TEXT CHECK (ground IN ('dangerToLife', 'disaster', 'accident', 'publicHealth', 'crimeInProgress')),
            -- Why, in the person's words; set for every view into a room.
            reason              TEXT CHECK (length(reason) BETWEEN 1 AND 500),
            -- Milliseconds since 1970.
            linked_ms           INTEGER NOT NULL,
            -- Who linked it, as that account was named then.
            linked_by           TEXT NOT NULL,
            linked_by_name      TEXT NOT NULL,
            linked_by_role      TEXT NOT NULL,
            linked_by_unit      TEXT NOT NULL,
            -- Milliseconds since 1970; moves on with a renewal.
            expires_ms          INTEGER NOT NULL,
            -- Milliseconds since 1970; NULL while it lasts.
            ended_ms            INTEGER,
            end_reason          TEXT CHECK (
                end_reason IN ('unlinked', 'expired', 'incidentEnded', 'pointRemoved', 'pointInRepair', 'pointWithoutStream')),
            CHECK ((ended_ms IS NULL) = (end_reason IS NULL)),
            CHECK (expires_ms > linked_ms)
        ) STRICT;

        INSERT INTO link_2 SELECT * FROM link;
        DROP TABLE link;
        ALTER TABLE link_2 RENAME TO link;

        -- A point is linked to an incident once at a time.
        CREATE UNIQUE INDEX link_once ON link (incident_id, camera_point_id) WHERE ended_ms IS NULL;
        CREATE INDEX link_active ON link (expires_ms) WHERE ended_ms IS NULL;
        CREATE INDEX link_by_incident ON link (incident_id, row);
        CREATE INDEX link_by_person ON link (linked_by, linked_ms);

        CREATE TRIGGER link_needs_active_incident BEFORE INSERT ON link
        WHEN EXISTS (SELECT 1 FROM incident WHERE id = NEW.incident_id AND ended_ms IS NOT NULL)
        BEGIN SELECT RAISE(ABORT, 'an ended incident takes no link'); END;

        CREATE TRIGGER link_ended_is_final BEFORE UPDATE ON link WHEN OLD.ended_ms IS NOT NULL
        BEGIN SELECT RAISE(ABORT, 'an ended link does not change'); END;

        CREATE TRIGGER link_making_is_final BEFORE UPDATE ON link
        WHEN NEW.id IS NOT OLD.id OR NEW.incident_id IS NOT OLD.incident_id OR NEW.camera_point_id IS NOT OLD.camera_point_id
            OR NEW.camera_point_name IS NOT OLD.camera_point_name OR NEW.record IS NOT OLD.record OR NEW.ground IS NOT OLD.ground
            OR NEW.reason IS NOT OLD.reason OR NEW.linked_ms IS NOT OLD.linked_ms OR NEW.linked_by IS NOT OLD.linked_by
        BEGIN SELECT RAISE(ABORT, 'how a point was linked does not change'); END;

        CREATE TRIGGER link_is_not_deleted BEFORE DELETE ON link
        BEGIN SELECT RAISE(ABORT, 'links are kept'); END;
        """
}
