import NIOSSL

/// What a server shows to clients that connect by TLS (`rtsps://`): a certificate chain and its key.
package struct ServerCertificate: Sendable {
    let context: NIOSSLContext

    package enum Fault: Error, Hashable {
        /// The file with the certificate chain cannot be read, or holds no PEM certificate.
        case certificate
        /// The file with the key cannot be read, or holds no unencrypted PEM key.
        case key
        /// Certificate and key do not belong together.
        case mismatch
    }

    /// - Parameters:
    ///   - certificate: path of a PEM file: the server's own certificate, then those that lead to a known authority.
    ///   - key: path of a PEM file.
    package init(certificate: String, key: String) throws(Fault) {
        guard let chain = try? NIOSSLCertificate.fromPEMFile(certificate), !chain.isEmpty else { throw .certificate }
        guard let secret = try? NIOSSLPrivateKey(file: key, format: .pem) else { throw .key }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(secret))
        configuration.minimumTLSVersion = .tlsv12
        guard let context = try? NIOSSLContext(configuration: configuration) else { throw .mismatch }
        self.context = context
    }
}
