import GRDB

/// Camera points, their streams, organisations, health and probes.
enum CameraRegistrySchema {
    static func register(in migrator: inout DatabaseMigrator) {
        migrator.registerMigration("registry-1") { db in
            try db.execute(sql: organisation)
            try db.execute(sql: point)
            try db.execute(sql: place)
            try db.execute(sql: health)
        }
        migrator.registerMigration("registry-2") { db in try db.execute(sql: motion) }
        migrator.registerMigration("registry-3") { db in try db.execute(sql: schemes) }
        migrator.registerMigration("registry-5") { db in try db.execute(sql: sound) }
        migrator.registerMigration("registry-6") { db in try takePushedStreams(db) }
        migrator.registerMigration("registry-7") { db in try db.execute(sql: CameraStreamSchema.transports) }
    }

    /// Streams that are pushed. SQLite changes no check of a table that exists: it is made anew, as it stands but for its schemes.
    private static func takePushedStreams(_ db: Database) throws {
        let before = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'camera_stream'")
        let last = "url GLOB 'https://*'"
        guard let before, let columns = before.firstIndex(of: "("), before.contains(last) else {
            throw DatabaseError(message: "the table camera_stream is not as it was left")
        }
        let definition = before[columns...].replacing(last, with: last + " OR url GLOB 'push://*'")
        try db.execute(sql: "CREATE TABLE camera_stream_6 \(definition)")
        try db.execute(sql: "INSERT INTO camera_stream_6 SELECT * FROM camera_stream")
        try db.execute(sql: "DROP TABLE camera_stream")
        try db.execute(sql: "ALTER TABLE camera_stream_6 RENAME TO camera_stream")
    }

    /// Streams that are not plain RTSP. SQLite changes no check of a table that exists: it is made anew.
    private static let schemes = """
        CREATE TABLE camera_stream_3 (
            camera_point_id TEXT NOT NULL REFERENCES camera_point (id) ON DELETE CASCADE,
            role            TEXT NOT NULL CHECK (role IN ('main', 'sub')),
            -- Without user name or password.
            url             TEXT NOT NULL CHECK (
                (url GLOB 'rtsp://*' OR url GLOB 'rtsps://*' OR url GLOB 'rtmp://*' OR url GLOB 'rtmps://*' OR url GLOB 'http://*'
                    OR url GLOB 'https://*')
                AND url NOT GLOB '*://*@*'),
            transport       TEXT NOT NULL CHECK (transport IN ('tcp')),
            codec           TEXT CHECK (codec IN ('h264', 'h265')),
            -- Pixels.
            width           INTEGER CHECK (width BETWEEN 1 AND 16384),
            height          INTEGER CHECK (height BETWEEN 1 AND 16384),
            -- Frames per second.
            frame_rate      REAL CHECK (frame_rate > 0 AND frame_rate <= 240),
            bit_rate_kbps   INTEGER CHECK (bit_rate_kbps BETWEEN 1 AND 200000),
            -- Sealed by the credential vault; the key is not in this database.
            credentials     BLOB,
            PRIMARY KEY (camera_point_id, role)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO camera_stream_3 (camera_point_id, role, url, transport, codec, width, height, frame_rate, bit_rate_kbps,
            credentials)
            SELECT camera_point_id, role, url, transport, codec, width, height, frame_rate, bit_rate_kbps, credentials
            FROM camera_stream;
        DROP TABLE camera_stream;
        ALTER TABLE camera_stream_3 RENAME TO camera_stream;
        """

    private static let organisation = """
        -- A recorder or platform that carries several points.
        CREATE TABLE intermediary (
            id              TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            -- Inventory files name it by this.
            name            TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
            gb_code         TEXT CHECK (length(gb_code) = 20),
            kind            TEXT NOT NULL CHECK (kind IN ('nvr', 'dvr', 'platform')),
            host            TEXT NOT NULL,
            port            INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
            -- How many channels it has.
            channels        INTEGER NOT NULL CHECK (channels BETWEEN 1 AND 9999),
            address         TEXT,
            lead_department TEXT NOT NULL,
            contact         TEXT,
            -- Whether the last connection came about; NULL: never tried.
            is_reachable    INTEGER CHECK (is_reachable IN (0, 1)),
            -- Since when, milliseconds since 1970.
            since_ms        INTEGER,
            reason          TEXT,
            CHECK ((is_reachable IS NULL) = (since_ms IS NULL))
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE security_company (
            id                  TEXT PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 64),
            -- Inventory files name it by this.
            name                TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
            licence_kind        TEXT NOT NULL,
            licence_number      TEXT NOT NULL,
            licence_issuer      TEXT NOT NULL,
            -- Last good day, YYYY-MM-DD; NULL: without end.
            licence_valid_until TEXT CHECK (licence_valid_until IS date(licence_valid_until)),
            contact             TEXT NOT NULL,
            phone               TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    private static let point = """
        CREATE TABLE camera_point (
            -- Number in the R*Tree.
            row                     INTEGER PRIMARY KEY,
            id                      TEXT NOT NULL UNIQUE CHECK (length(id) BETWEEN 1 AND 64),
            -- GB/T 28181, of a camera (131) or IP camera (132); never one whose end a spreadsheet has cut to zeros.
            gb_code                 TEXT NOT NULL UNIQUE
                                    CHECK (length(gb_code) = 20 AND gb_code NOT GLOB '*[^0-9]*'
                                        AND substr(gb_code, 11, 3) IN ('131', '132') AND substr(gb_code, 16) <> '00000'),
            -- Edition of the rule under which the network digit is read.
            code_edition            TEXT NOT NULL,
            name                    TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
            access_method           TEXT NOT NULL CHECK (access_method IN ('direct', 'indirect', 'collection', 'securityCompany')),
            source_category         TEXT NOT NULL CHECK (source_category IN (
                                        'xueliang', 'governmentBuilt', 'enterprise', 'community', 'internetCafe', 'shopfront',
                                        'other')),
            point_class             INTEGER NOT NULL CHECK (point_class IN (1, 2, 3, 9)),
            -- Never a place of article 8 of Order 799.
            place_type              TEXT NOT NULL CHECK (place_type NOT IN (
                                        'hotelRoom', 'privateBox', 'studentDormitory', 'staffRestRoom', 'bathroom', 'toilet',
                                        'changingRoom', 'nursingRoom', 'fittingRoom', 'otherPrivacy')),
            place_confirmation      TEXT,
            coverage                TEXT NOT NULL CHECK (coverage IN ('street', 'entrance', 'interior')),
            address                 TEXT NOT NULL,
            township                TEXT NOT NULL,
            -- WGS-84 degrees; both or neither.
            longitude               REAL CHECK (longitude BETWEEN -180 AND 180),
            latitude                REAL CHECK (latitude BETWEEN -90 AND 90),
            -- As written, in the datum as written; all or none.
            original_longitude      REAL,
            original_latitude       REAL,
            original_datum          TEXT CHECK (original_datum IN ('wgs84', 'gcj02', 'bd09')),
            -- Metres above ground.
            install_height          REAL CHECK (install_height BETWEEN 0 AND 500),
            -- Degrees, 0 = north, clockwise.
            azimuth                 REAL CHECK (azimuth >= 0 AND azimuth < 360),
            -- Degrees, horizontal.
            field_of_view           REAL CHECK (field_of_view BETWEEN 1 AND 360),
            -- Metres.
            visible_range           REAL CHECK (visible_range BETWEEN 1 AND 5000),
            -- 1 dome, 2 half-dome, 3 fixed, 4 remote box.
            mount                   INTEGER CHECK (mount BETWEEN 1 AND 4),
            is_indoor               INTEGER CHECK (is_indoor IN (0, 1)),
            -- 1 none, 2 infrared, 3 white.
            supplementary_light     INTEGER CHECK (supplementary_light BETWEEN 1 AND 3),
            manufacturer            TEXT,
            model                   TEXT,
            mac_address             TEXT,
            intermediary_id         TEXT REFERENCES intermediary (id),
            channel                 INTEGER CHECK (channel BETWEEN 1 AND 9999),
            security_company_id     TEXT REFERENCES security_company (id),
            -- What the company was granted, and its last good day, YYYY-MM-DD.
            data_right              TEXT,
            data_right_expires_on   TEXT CHECK (data_right_expires_on IS date(data_right_expires_on)),
            owner                   TEXT NOT NULL,
            owner_contact           TEXT,
            lead_department         TEXT NOT NULL,
            maintainer              TEXT,
            recorder_place          TEXT,
            -- Days that the owner keeps footage.
            record_save_days        INTEGER CHECK (record_save_days BETWEEN 0 AND 3650),
            filing_number           TEXT,
            filed_on                TEXT CHECK (filed_on IS date(filed_on)),
            installed_on            TEXT CHECK (installed_on IS date(installed_on)),
            osd_name                TEXT,
            has_signage             INTEGER CHECK (has_signage IN (0, 1)),
            status                  TEXT NOT NULL CHECK (status IN ('inUse', 'repair', 'removed')),
            -- Pinyin initials of the name, lower case.
            pinyin                  TEXT NOT NULL,
            -- Name, code, address, owner, initials, lower case: what a search looks in.
            search_text             TEXT NOT NULL,
            CHECK ((longitude IS NULL) = (latitude IS NULL)),
            CHECK ((original_longitude IS NULL) = (original_latitude IS NULL)),
            CHECK ((original_longitude IS NULL) = (original_datum IS NULL)),
            CHECK ((access_method = 'indirect') = (intermediary_id IS NOT NULL)),
            CHECK ((access_method = 'securityCompany') = (security_company_id IS NOT NULL))
        ) STRICT;

        CREATE INDEX camera_point_by_intermediary ON camera_point (intermediary_id) WHERE intermediary_id IS NOT NULL;
        CREATE INDEX camera_point_by_company ON camera_point (security_company_id) WHERE security_company_id IS NOT NULL;

        CREATE TABLE camera_stream (
            camera_point_id TEXT NOT NULL REFERENCES camera_point (id) ON DELETE CASCADE,
            role            TEXT NOT NULL CHECK (role IN ('main', 'sub')),
            -- Without user name or password.
            url             TEXT NOT NULL CHECK (url GLOB 'rtsp://*' AND url NOT GLOB 'rtsp://*@*'),
            transport       TEXT NOT NULL CHECK (transport IN ('tcp')),
            codec           TEXT CHECK (codec IN ('h264', 'h265')),
            -- Pixels.
            width           INTEGER CHECK (width BETWEEN 1 AND 16384),
            height          INTEGER CHECK (height BETWEEN 1 AND 16384),
            -- Frames per second.
            frame_rate      REAL CHECK (frame_rate > 0 AND frame_rate <= 240),
            bit_rate_kbps   INTEGER CHECK (bit_rate_kbps BETWEEN 1 AND 200000),
            -- Sealed by the credential vault; the key is not in this database.
            credentials     BLOB,
            PRIMARY KEY (camera_point_id, role)
        ) STRICT, WITHOUT ROWID;
        """

    private static let place = """
        -- Places for nearness. Coordinates are 32-bit, rounded outwards: a hit is checked against camera_point.
        CREATE VIRTUAL TABLE camera_point_place USING rtree (row, west, east, south, north);

        CREATE TRIGGER camera_point_placed AFTER INSERT ON camera_point WHEN NEW.longitude IS NOT NULL
        BEGIN
            INSERT INTO camera_point_place VALUES (NEW.row, NEW.longitude, NEW.longitude, NEW.latitude, NEW.latitude);
        END;

        CREATE TRIGGER camera_point_moved AFTER UPDATE OF longitude, latitude ON camera_point
        BEGIN
            DELETE FROM camera_point_place WHERE row = OLD.row;
            INSERT INTO camera_point_place
                SELECT NEW.row, NEW.longitude, NEW.longitude, NEW.latitude, NEW.latitude WHERE NEW.longitude IS NOT NULL;
        END;

        CREATE TRIGGER camera_point_displaced AFTER DELETE ON camera_point
        BEGIN DELETE FROM camera_point_place WHERE row = OLD.row; END;
        """

    private static let health = """
        CREATE TABLE camera_health (
            camera_point_id TEXT PRIMARY KEY REFERENCES camera_point (id) ON DELETE CASCADE,
            state           TEXT NOT NULL CHECK (state IN ('unknown', 'online', 'degraded', 'offline')),
            -- Milliseconds since 1970; NULL only while unknown.
            since_ms        INTEGER,
            reason          TEXT,
            -- In a row.
            failures        INTEGER NOT NULL CHECK (failures >= 0),
            outcome         TEXT NOT NULL,
            -- End of the last probe, milliseconds since 1970.
            probed_ms       INTEGER NOT NULL,
            detail          TEXT NOT NULL,
            -- 16 × 16 mean luma of the last good picture, and likenesses in a row.
            main_signature  BLOB CHECK (length(main_signature) = 256),
            main_still      INTEGER,
            sub_signature   BLOB CHECK (length(sub_signature) = 256),
            sub_still       INTEGER,
            CHECK (state = 'unknown' OR since_ms IS NOT NULL)
        ) STRICT, WITHOUT ROWID;

        -- Figures of probes, never a picture.
        CREATE TABLE probe (
            id                  INTEGER PRIMARY KEY,
            camera_point_id     TEXT NOT NULL REFERENCES camera_point (id) ON DELETE CASCADE,
            role                TEXT NOT NULL CHECK (role IN ('main', 'sub')),
            outcome             TEXT NOT NULL,
            detail              TEXT NOT NULL,
            -- Milliseconds since 1970.
            started_ms          INTEGER NOT NULL,
            -- Microseconds.
            duration_us         INTEGER NOT NULL,
            first_packet_us     INTEGER,
            first_key_frame_us  INTEGER,
            codec               TEXT,
            profile             TEXT,
            width               INTEGER,
            height              INTEGER,
            frame_rate          REAL,
            bit_rate_kbps       REAL,
            -- Seconds between key frames, or the window in which no second one came; at most one of the two.
            gop_seconds         REAL,
            gop_at_least        REAL,
            -- Luma, 0…255.
            mean                REAL,
            variance            REAL,
            signature           BLOB,
            CHECK (gop_seconds IS NULL OR gop_at_least IS NULL)
        ) STRICT;

        CREATE INDEX probe_by_point ON probe (camera_point_id, id);
        """

    private static let sound = """
        -- Whether the sound of the place may be carried beside its pictures. NULL is no.
        ALTER TABLE camera_point ADD COLUMN carries_audio INTEGER CHECK (carries_audio IN (0, 1));
        """

    private static let motion = """
        -- Largest change of a cell of the signature between two key pictures of one probe, 0…255; NULL if only one came, and
        -- in rows from before it was kept.
        ALTER TABLE probe ADD COLUMN motion INTEGER CHECK (motion BETWEEN 0 AND 255);
        """
}
