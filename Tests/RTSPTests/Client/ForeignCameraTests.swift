import Foundation
import GatewayCore
import Testing

@testable import RTSP

/// The client against GStreamer's RTSP server.
@Suite(.timeLimit(.minutes(2))) struct ForeignCameraTests {
    struct NotStarted: Error {}

    /// Runs the camera while `body` plays it.
    private func withCamera<Result>(_ arguments: [String], _ body: (Int) async throws -> Result) async throws -> Result {
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Foreign/gst_camera.py").resolvingSymlinksInPath()
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [script.path(percentEncoded: false)] + arguments
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }
        let reader = output.fileHandleForReading
        // One line comes, or the end where the script failed; reading blocks, so it is not for Swift's own threads.
        let line = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: String(decoding: reader.availableData, as: UTF8.self)) }
        }
        guard let port = line.split(whereSeparator: \.isWhitespace).last.flatMap({ Int($0) }) else { throw NotStarted() }
        return try await body(port)
    }

    @Test(arguments: ["none", "basic", "digest"], ["h264", "h265"])
    func `its picture is played`(auth: String, codec: String) async throws {
        let recording = try await withCamera(["--auth", auth, "--codec", codec]) { port in
            try await Recording.play(
                "rtsp://127.0.0.1:\(port)/camera", credentials: StreamCredentials(username: "viewer", password: "secret"),
                packets: 40)
        }
        #expect(recording.error?.isCancelled == true, "\(String(describing: recording.error))")
        #expect(recording.packets.count == 40)
        #expect(recording.packets.allSatisfy { $0.count > 12 && $0[0] >> 6 == 2 && $0[1] & 0x7F == 96 })
        let sequences = recording.packets.map { UInt16($0[2]) << 8 | UInt16($0[3]) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
        let track = try #require(recording.presentation?.track)
        #expect(track.codec.rawValue == codec)
        if codec == "h264", let sps = track.parameterSets.first {
            #expect(ParameterSets.h264(sps: sps)?.width == 320 && ParameterSets.h264(sps: sps)?.height == 180)
        }
    }

    @Test func `a wrong password is unauthorized, a wrong path is not found`() async throws {
        try await withCamera(["--auth", "digest"]) { port in
            let wrong = try await Recording.play(
                "rtsp://127.0.0.1:\(port)/camera", credentials: StreamCredentials(username: "viewer", password: "no"))
            #expect(wrong.error?.outcome == .unauthorized)
        }
        try await withCamera([]) { port in
            let missing = try await Recording.play("rtsp://127.0.0.1:\(port)/nothing")
            #expect(missing.error?.outcome == .notFound)
        }
    }

    static let transports: [(TransportChoice, String, PacketTransport)] = [
        (.udp, "any", .udp), (.udp, "udp", .udp), (.udp, "tcp", .tcp), (.automatic, "udp", .udp), (.automatic, "any", .tcp),
        (.http, "any", .http), (.http, "tcp", .http),
    ]

    @Test(arguments: transports)
    func `its picture comes over every transport`(choice: TransportChoice, protocols: String, found: PacketTransport) async throws {
        let recording = try await withCamera(["--protocols", protocols]) { port in
            try await Recording.play("rtsp://127.0.0.1:\(port)/camera", packets: 40) { $0.transport = choice }
        }
        try expectPicture(recording, found)
    }

    /// GStreamer's server challenges the RTSP within the tunnel.
    @Test(arguments: ["basic", "digest"]) func `a tunnel with credentials`(auth: String) async throws {
        let recording = try await withCamera(["--auth", auth]) { port in
            try await Recording.play(
                "rtsp://127.0.0.1:\(port)/camera", credentials: StreamCredentials(username: "viewer", password: "secret"),
                packets: 40
            ) { $0.transport = .http }
        }
        try expectPicture(recording, .http)
    }

    @Test func `its receiver hears us over UDP for longer than its session lasts without`() async throws {
        // GStreamer ends a session over UDP from which no report comes.
        let recording = try await withCamera(["--protocols", "udp"]) { port in
            try await Recording.play("rtsp://127.0.0.1:\(port)/camera", packets: 150) { $0.transport = .udp }
        }
        try expectPicture(recording, .udp, packets: 150)
        #expect(recording.controls >= 1)
    }

    private func expectPicture(_ recording: Recording, _ transport: PacketTransport, packets: Int = 40) throws {
        #expect(recording.error?.isCancelled == true, "\(String(describing: recording.error))")
        #expect(recording.packets.count == packets && recording.presentation?.packetTransport == transport)
        let sequences = recording.packets.map { UInt16($0[2]) << 8 | UInt16($0[3]) }
        #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 &+ 1 == $1 })
    }

    // MARK: TLS

    @Test func `a certificate is believed by its fingerprint or that of its key, and by nothing else`() async throws {
        let certificate = try SelfSignedCertificate()
        defer { certificate.remove() }
        // Its server demands credentials of whoever comes encrypted.
        let credentials = StreamCredentials(username: "viewer", password: "secret")
        try await withCamera(["--certificate", certificate.path, "--auth", "basic"]) { port in
            let url = "rtsps://127.0.0.1:\(port)/camera"
            for pin in [certificate.fingerprint, certificate.keyFingerprint] {
                for choice in [TransportChoice.automatic, .http] {
                    let recording = try await Recording.play(url, credentials: credentials, packets: 40) {
                        $0.pin = pin
                        $0.transport = choice
                    }
                    try expectPicture(recording, choice == .http ? .http : .tcp)
                }
            }
            let other = try await Recording.play(url, credentials: credentials) {
                $0.pin = CertificatePin(digest: [UInt8](repeating: 7, count: 32))
            }
            #expect(other.error?.phase == .connect && other.error?.advice == .giveUp && other.packets.isEmpty)
            #expect(other.error?.message.contains("another certificate") == true, "\(String(describing: other.error))")
            // Nobody vouches for it: the fingerprint to compare is told.
            let unknown = try await Recording.play(url, credentials: credentials)
            #expect(unknown.error?.phase == .connect && unknown.error?.advice == .giveUp && unknown.packets.isEmpty)
            #expect(unknown.error?.message.contains("\(certificate.fingerprint)") == true, "\(String(describing: unknown.error))")
            let plain = try await Recording.play("rtsp://127.0.0.1:\(port)/camera") { $0.responseTimeout = .seconds(2) }
            #expect(plain.error != nil && plain.packets.isEmpty)
        }
        try await withCamera([]) { port in
            let bare = try await Recording.play("rtsps://127.0.0.1:\(port)/camera") { $0.pin = certificate.fingerprint }
            #expect(
                bare.error?.phase == .connect && bare.error?.message.contains("TLS") == true, "\(String(describing: bare.error))")
        }
    }
}

/// A certificate made by `openssl` for this test, and its fingerprints as `openssl` tells them.
private struct SelfSignedCertificate {
    struct Failed: Error {}

    let path: String
    let fingerprint: CertificatePin
    let keyFingerprint: CertificatePin

    init() throws {
        path = NSTemporaryDirectory() + "camera-\(UUID().uuidString).pem"
        _ = try Self.shell(
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=camera -keyout '\(path)' -out '\(path).crt' 2>/dev/null "
                + "&& cat '\(path).crt' >> '\(path)'")
        let whole = try Self.shell("openssl x509 -in '\(path).crt' -noout -fingerprint -sha256")
        let key = try Self.shell(
            "openssl x509 -in '\(path).crt' -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256")
        guard let fingerprint = CertificatePin(whole.trimmed()), let keyFingerprint = CertificatePin(key.trimmed()) else {
            throw Failed()
        }
        (self.fingerprint, self.keyFingerprint) = (fingerprint, keyFingerprint)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
        try? FileManager.default.removeItem(atPath: path + ".crt")
    }

    private static func shell(_ command: String) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed() }
        return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
