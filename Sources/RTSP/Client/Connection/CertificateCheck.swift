import Crypto
import Foundation
import GatewayCore
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS

/// Whether the certificate of one handshake is the camera's.
///
/// ## Concurrency model
/// Confined to the event loop of its handshake.
final class CertificateCheck {
    private let pin: CertificatePin?
    private let isLook: Bool
    /// Set by a handshake that ended for the certificate's sake.
    private(set) var refusal: ConnectFailure?

    /// - Parameter isLook: only tells which certificate there is.
    init(pin: CertificatePin?, isLook: Bool = false) {
        self.pin = pin
        self.isLook = isLook
    }

    /// Whether this decides, and not the authorities that the system trusts.
    var isOwnVerification: Bool { pin != nil || isLook }

    func handler(context: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        // An address is no server name (RFC 6066 section 3).
        let isAddress = host.contains(":") || (try? SocketAddress(ipAddress: host, port: 0)) != nil
        let name = isAddress ? nil : host
        guard isOwnVerification else { return try NIOSSLClientHandler(context: context, serverHostname: name) }
        return try NIOSSLClientHandler(context: context, serverHostname: name) { chain, promise in
            promise.succeed(self.isCamera(chain.first) ? .certificateVerified : .failed)
        }
    }

    private func isCamera(_ certificate: NIOSSLCertificate?) -> Bool {
        let whole = (try? certificate?.toDERBytes()).flatMap { CertificatePin(digest: Array(SHA256.hash(data: $0))) }
        let key = (try? certificate?.extractPublicKey().toSPKIBytes()).flatMap {
            CertificatePin(digest: Array(SHA256.hash(data: $0)))
        }
        if let pin, whole == pin || key == pin { return true }
        let shown = whole.map { "\($0)" } ?? "unreadable"
        refusal = .refused(
            .protocolError,
            pin == nil
                ? Self.distrust(shown)
                : "the camera shows another certificate than the one entered for it, SHA-256 \(shown): it was replaced, or "
                    + "something stands between", .giveUp)
        return false
    }

    static func distrust(_ fingerprint: String?) -> String {
        let what = "no authority that this system trusts vouches for the camera's certificate"
        guard let fingerprint else { return what }
        return what + "; enter its fingerprint for this camera if the camera itself shows the same: SHA-256 \(fingerprint)"
    }

    static func isDistrust(_ error: any Error) -> Bool {
        if error is NIOSSLExtraError { return true }
        switch error {
        case NIOSSLError.unableToValidateCertificate, NIOSSLError.noCertificateToValidate: return true
        // BoringSSL tells more only as text.
        case NIOSSLError.handshakeFailed(let cause): return "\(cause)".contains("CERTIFICATE_VERIFY_FAILED")
        default: return false
        }
    }
}

/// The two contexts of all connections. Reading the system's authorities takes tens of milliseconds, so it is done once and
/// on a thread of NIO's pool.
struct TLSContext: Sendable {
    static let shared = TLSContext()

    private let pinned: EventLoopFuture<NIOSSLContext>
    private let system: EventLoopFuture<NIOSSLContext>

    private init() {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        pinned = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try Self.make(isPinned: true) }
        system = NIOThreadPool.singleton.runIfActive(eventLoop: loop) { try Self.make(isPinned: false) }
    }

    func context(isPinned: Bool, on eventLoop: any EventLoop) -> EventLoopFuture<NIOSSLContext> {
        (isPinned ? pinned : system).hop(to: eventLoop)
    }

    private static func make(isPinned: Bool) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if isPinned {
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([])
        }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Tells once how the handshake before it ended; `nil` means well.
///
/// Confined to the channel's event loop.
final class TLSHandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var then: (((any Error)?) -> Void)?

    init(then: @escaping ((any Error)?) -> Void) { self.then = then }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { settle(nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard then != nil else { return context.fireErrorCaught(error) }
        settle(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        settle(ChannelError.eof)
        context.fireChannelInactive()
    }

    private func settle(_ error: (any Error)?) {
        let then = then
        self.then = nil
        then?(error)
    }
}
