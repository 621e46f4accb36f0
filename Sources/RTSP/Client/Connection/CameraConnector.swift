import Foundation
import GatewayCore
import NIOCore
import NIOPosix

/// Makes one connection to a camera: TCP, then TLS where the scheme says so, then the HTTP tunnel where one is wanted.
///
/// ## Concurrency model
/// Confined to the event loop on which it was made. Whoever loses interest calls ``cancel()``.
final class CameraConnector {
    private let dialer: any Dialer
    private let eventLoop: any EventLoop
    private let url: StreamURL
    private let isTunnel: Bool
    private let pin: CertificatePin?
    private let userAgent: String
    private let deadline: NIODeadline
    private var authorizer: Authorizer?
    /// Closed by ``cancel()``, or handed over.
    private var channels: [any Channel] = []
    private var isCancelled = false

    init(
        url: StreamURL, isTunnel: Bool, configuration: RTSPClientConfiguration, credentials: StreamCredentials?,
        dialer: any Dialer, on eventLoop: any EventLoop
    ) {
        self.url = url
        self.isTunnel = isTunnel
        self.pin = configuration.pin
        self.userAgent = configuration.userAgent
        self.deadline = NIODeadline.now() + TimeAmount(configuration.connectTimeout)
        self.authorizer = credentials.map { Authorizer(credentials: $0) }
        self.dialer = dialer
        self.eventLoop = eventLoop
    }

    /// `then` is called once, on the event loop; never after ``cancel()``.
    func connect(_ then: @escaping (Result<CameraConnection, ConnectFailure>) -> Void) {
        let done: (Result<CameraConnection, ConnectFailure>) -> Void = { result in
            guard !self.isCancelled else { return }
            switch result {
            case .success: self.channels.removeAll()
            case .failure: self.cancel()
            }
            then(result)
        }
        guard isTunnel else {
            return open { done($0.map { CameraConnection(input: $0, output: $0) }) }
        }
        openTunnel(isSecondTry: false, done)
    }

    func cancel() {
        isCancelled = true
        for channel in channels { channel.close(promise: nil) }
        channels.removeAll()
    }

    // MARK: TCP and TLS

    private var port: Int {
        // A tunnel is for the camera's web server, unless the address names a port.
        guard isTunnel, url.port == StreamURL.defaultPort(url.scheme) else { return url.port }
        return url.scheme == .rtsps ? 443 : 80
    }

    private func open(_ then: @escaping (Result<any Channel, ConnectFailure>) -> Void) {
        dial(then: { result in
            guard case .success(let channel) = result, self.url.scheme == .rtsps else { return then(result) }
            self.secure(channel, then)
        })
    }

    private func dial(then: @escaping (Result<any Channel, ConnectFailure>) -> Void) {
        dialer.connect(host: url.host, port: port, on: eventLoop, deadline: deadline).hop(to: eventLoop)
            .assumeIsolated().whenComplete { result in
                if case .success(let channel) = result {
                    guard !self.isCancelled else { return channel.close(promise: nil) }
                    self.channels.append(channel)
                }
                guard !self.isCancelled else { return }
                then(result.mapError { .unreachable(Self.reason($0)) })
            }
    }

    private func secure(_ channel: any Channel, _ then: @escaping (Result<any Channel, ConnectFailure>) -> Void) {
        let check = CertificateCheck(pin: pin)
        handshake(channel, check) { error in
            guard !self.isCancelled else { return }
            guard let error else { return then(.success(channel)) }
            if let refusal = check.refusal { return then(.failure(refusal)) }
            guard self.pin == nil, CertificateCheck.isDistrust(error) else {
                return then(.failure(.refused(.protocolError, "no TLS 1.2 or later with the camera", .retry(after: nil))))
            }
            self.showCertificate(then)
        }
    }

    private func handshake(_ channel: any Channel, _ check: CertificateCheck, _ then: @escaping ((any Error)?) -> Void) {
        TLSContext.shared.context(isPinned: check.isOwnVerification, on: eventLoop).assumeIsolated().whenComplete { result in
            do {
                try channel.pipeline.syncOperations.addHandlers([
                    check.handler(context: try result.get(), host: self.url.host), TLSHandshakeHandler(then: then),
                ])
            } catch {
                then(error)
            }
        }
    }

    /// The system trusts the certificate by no authority: a second connection, on which nothing is sent, tells which it is,
    /// so that a person can compare it and enter it.
    private func showCertificate(_ then: @escaping (Result<any Channel, ConnectFailure>) -> Void) {
        dial { result in
            guard case .success(let channel) = result else { return then(result) }
            let look = CertificateCheck(pin: nil, isLook: true)
            self.handshake(channel, look) { _ in
                guard !self.isCancelled else { return }
                then(.failure(look.refusal ?? .refused(.protocolError, CertificateCheck.distrust(nil), .giveUp)))
            }
        }
    }

    // MARK: HTTP tunnel

    private func openTunnel(isSecondTry: Bool, _ then: @escaping (Result<CameraConnection, ConnectFailure>) -> Void) {
        let tunnel = HTTPTunnel(url: url, userAgent: userAgent)
        open { result in
            guard case .success(let input) = result else { return then(result.map { CameraConnection(input: $0, output: $0) }) }
            let handler = HTTPTunnelHandler { answer in
                guard !self.isCancelled else { return }
                guard answer.status == 200 else { return self.refused(answer, isSecondTry: isSecondTry, then) }
                self.open { result in
                    then(
                        result.map { output in
                            let authorization = self.authorizer?.authorization(for: HTTPTunnel.post, uri: self.url.target)
                            output.writeAndFlush(ByteBuffer(string: tunnel.post(authorization)), promise: nil)
                            return CameraConnection(input: input, output: output)
                        })
                }
            }
            do {
                try input.pipeline.syncOperations.addHandler(handler)
            } catch {
                return then(.failure(.unreachable("the connection closed at once")))
            }
            let authorization = self.authorizer?.authorization(for: HTTPTunnel.get, uri: self.url.target)
            input.writeAndFlush(ByteBuffer(string: tunnel.get(authorization)), promise: nil)
        }
    }

    private func refused(
        _ answer: HTTPTunnel.Answer, isSecondTry: Bool, _ then: @escaping (Result<CameraConnection, ConnectFailure>) -> Void
    ) {
        guard answer.status == 401 else {
            let what = answer.status.map { "status \($0)" } ?? "what is no HTTP"
            return then(.failure(.refused(.unsupported, "the camera answers a request for an HTTP tunnel with \(what)", .giveUp)))
        }
        guard authorizer != nil else {
            return then(.failure(.refused(.unauthorized, "the camera demands credentials", .giveUp)))
        }
        guard !isSecondTry, AuthenticationChallenge.preferred(of: answer.challenges) != nil else {
            return then(.failure(.refused(.unauthorized, "the camera refused the user name or the password", .giveUp)))
        }
        _ = authorizer?.authorization(for: HTTPTunnel.get, uri: url.target, challenges: answer.challenges)
        for channel in channels { channel.close(promise: nil) }
        channels.removeAll()
        openTunnel(isSecondTry: true, then)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.last.map { reason($0.error) } ?? "the name has no address"
        case ChannelError.connectTimeout: "nothing answers"
        default: "it was refused or timed out"
        }
    }
}
