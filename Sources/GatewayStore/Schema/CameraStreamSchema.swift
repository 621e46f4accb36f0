/// What `camera_stream` became after its beginnings.
enum CameraStreamSchema {
    /// How a stream is carried. Until then each was asked for over TCP, and nobody had chosen that: it becomes the automatic
    /// choice, which asks for TCP first. SQLite changes no check of a table that exists: it is made anew.
    static let transports = """
        CREATE TABLE camera_stream_7 (
            camera_point_id TEXT NOT NULL REFERENCES camera_point (id) ON DELETE CASCADE,
            role            TEXT NOT NULL CHECK (role IN ('main', 'sub')),
            -- Without user name or password.
            url             TEXT NOT NULL CHECK (
                (url GLOB 'rtsp://*' OR url GLOB 'rtsps://*' OR url GLOB 'rtmp://*' OR url GLOB 'rtmps://*' OR url GLOB 'http://*'
                    OR url GLOB 'https://*' OR url GLOB 'push://*')
                AND url NOT GLOB '*://*@*'),
            -- Of RTSP alone if not automatic; packets of an encrypted session stay on its connection.
            transport       TEXT NOT NULL CHECK (
                transport IN ('automatic', 'tcp', 'udp', 'http')
                AND (transport = 'automatic' OR url GLOB 'rtsp://*' OR url GLOB 'rtsps://*' AND transport <> 'udp')),
            codec           TEXT CHECK (codec IN ('h264', 'h265')),
            -- Pixels.
            width           INTEGER CHECK (width BETWEEN 1 AND 16384),
            height          INTEGER CHECK (height BETWEEN 1 AND 16384),
            -- Frames per second.
            frame_rate      REAL CHECK (frame_rate > 0 AND frame_rate <= 240),
            bit_rate_kbps   INTEGER CHECK (bit_rate_kbps BETWEEN 1 AND 200000),
            -- Sealed by the credential vault; the key is not in this database.
            credentials     BLOB,
            -- SHA-256 of the camera's certificate or of its public key; NULL: an authority has to vouch for it.
            certificate_pin BLOB CHECK (
                certificate_pin IS NULL OR length(certificate_pin) = 32 AND url GLOB 'rtsps://*'),
            PRIMARY KEY (camera_point_id, role)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO camera_stream_7 (camera_point_id, role, url, transport, codec, width, height, frame_rate, bit_rate_kbps,
            credentials)
            SELECT camera_point_id, role, url, 'automatic', codec, width, height, frame_rate, bit_rate_kbps, credentials
            FROM camera_stream;
        DROP TABLE camera_stream;
        ALTER TABLE camera_stream_7 RENAME TO camera_stream;
        """
}
