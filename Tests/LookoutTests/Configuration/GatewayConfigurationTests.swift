import Foundation
import Testing

@testable import lookout

@Suite struct GatewayConfigurationTests {
    private func faults(_ yaml: String) -> [ConfigurationFault] {
        do {
            _ = try GatewayConfiguration.parse(yaml, file: "test.yaml")
            return []
        } catch {
            return error.faults
        }
    }

    @Test func anEmptyFileIsAllDefaults() throws {
        let (configuration, keys) = try GatewayConfiguration.parse("", file: "empty")
        #expect(configuration.http == .init(host: "127.0.0.1", port: 8_080, allowPlaintext: false))
        #expect(configuration.rtsp.port == 8_554)
        #expect(keys.allSatisfy { $0.defaultText == $0.valueText })
    }

    @Test func valuesTakeEffect() throws {
        let (configuration, _) = try GatewayConfiguration.parse(
            "http:\n  port: 9000\nlog: {level: debug}\nprobes:\n  parallel: 4\ndataDirectory: /srv/lookout", file: "f")
        #expect(configuration.http.port == 9_000)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.probes.parallel == 4)
        #expect(configuration.dataDirectory == "/srv/lookout")
    }

    @Test func everyFaultIsListedWithItsLine() {
        let found = faults(
            """
            dataDirectory: here
            http:
              port: 70000
              hots: 127.0.0.1
            probes:
              parallel: many
            loog:
              level: info
            log:
              level: loud
            """)
        #expect(found.map(\.path) == ["dataDirectory", "http.port", "http.hots", "probes.parallel", "loog", "log.level"])
        #expect(found.map(\.line) == [1, 3, 4, 6, 7, 10])
        #expect(found.first { $0.path == "http.hots" }?.remedy == "did you mean «http.host»?")
        #expect(found.first { $0.path == "loog" }?.remedy == "did you mean «log»?")
        #expect(found.first { $0.path == "log.level" }?.remedy.contains("debug, info, notice, warning, error") == true)
    }

    @Test func beyondLoopbackNeedsConsent() {
        #expect(faults("http: {host: 0.0.0.0}").map(\.path) == ["http.host"])
        #expect(faults("rtsp: {host: '::'}").map(\.path) == ["rtsp.host"])
        #expect(faults("http: {host: 0.0.0.0, allowPlaintext: true}").isEmpty)
        #expect(faults("http: {host: 127.8.0.1}\nrtsp: {host: '::1'}").isEmpty)
    }

    @Test func certificateAndKeyOfRTSPByTLS() throws {
        #expect(faults("rtsp: {tls: {certificate: /c.pem}}").map(\.path) == ["rtsp.tls.key"])
        #expect(faults("rtsp: {tls: {key: /k.pem}}").map(\.path) == ["rtsp.tls.certificate"])
        #expect(faults("rtsp: {tls: {key: k.pem, certificate: c.pem}}").count == 2)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lookout-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["a", "b"] {
            let openssl = Process()
            openssl.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
            openssl.arguments = [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout",
                "\(folder.path)/\(name).key", "-out", "\(folder.path)/\(name).pem",
            ]
            openssl.standardError = FileHandle.nullDevice
            try openssl.run()
            openssl.waitUntilExit()
        }
        func check(_ certificate: String, _ key: String) -> [ConfigurationFault] {
            faults("rtsp: {tls: {certificate: \(folder.path)/\(certificate), key: \(folder.path)/\(key)}}")
        }
        #expect(check("a.pem", "a.key").isEmpty)
        #expect(check("a.pem", "b.key").map(\.path) == ["rtsp.tls.key"])
        #expect(check("a.pem", "b.key").first?.message == "the key is not that of the certificate")
        #expect(check("a.pem", "none").first?.message == "no unencrypted PEM key can be read there")
        #expect(check("a.key", "a.key").map(\.path) == ["rtsp.tls.certificate"])
        #expect(
            faults("http: {port: 8322}\nrtsp: {tls: {certificate: \(folder.path)/a.pem, key: \(folder.path)/a.key}}").map(\.path)
                == ["rtsp.tls.port"])
    }

    @Test func aDoubledKeyHidesNoOtherFault() {
        let found = faults(
            "http:\n  port: 9000\n  # port: 1\n  port: 9001\n  prot: 1\nlog:\n  level: loud\nhttp:\n  port: 1\nrtsp:\n  port: 0\n")
        #expect(found.map(\.path) == ["http.port", "http.prot", "log.level", "http", "rtsp.port"])
        #expect(found.map(\.line) == [4, 5, 7, 8, 11])
        #expect(found.first?.message == "given more than once")
        let three = faults("dataDirectory: /a\ndataDirectory: /b\ndataDirectory: /c")
        #expect(three.map(\.path) == ["dataDirectory", "dataDirectory"] && three.map(\.line) == [2, 3])
        #expect(faults("http: {port: 1, port: 2}").map(\.path) == ["port"])
    }

    @Test func oneAddressForBothIsRefused() {
        #expect(faults("rtsp:\n  port: 8080").map(\.path) == ["rtsp.port"])
    }

    @Test(arguments: [
        "http: [1, 2", "http:\n\tport: 1", "just words", "- a\n- b", "http: 8080", "http:\n  port:\n    deep: 1", "a: b\na: c",
        "http: {port: \"8080\"}", "http: {port: 8080.5}", "http: {port: -1}", "http: {allowPlaintext: yes}",
        "map: {tileURL: 'http://tiles/{z}/{x}'}", "feeds: {idleSeconds: 99999999999999999999}",
    ])
    func whatIsNotAllowedIsAFault(yaml: String) {
        let found = faults(yaml)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty })
    }

    @Test func aSecretIsNeverShown() throws {
        let (_, keys) = try GatewayConfiguration.parse(
            "map:\n  tileURL: 'https://tiles.example/{z}/{x}/{y}?key=canary'", file: "f")
        #expect(keys.filter(\.isSecret).map(\.valueText) == ["(secret)"])
        let found = faults("map:\n  tileURL: 'ftp://canary'")
        #expect(found.count == 1)
        #expect(!found.map(\.description).joined().contains("canary"))
    }

    @Test func aMissingFileSaysSo() {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        #expect { try GatewayConfiguration.load(file: path) } throws: { ($0 as? ConfigurationFaults)?.faults.count == 1 }
    }
}
