import GatewayCore
import RTSP
import SimulatorManifest

/// What a simulated camera demands before it answers: Basic or Digest, with a fresh nonce for each client.
///
/// ## Concurrency model
/// Confined to the simulator's event loop.
final class CameraGuard {
    /// Clients that were challenged and have not come back, or are playing; the oldest are forgotten beyond this.
    private static let capacity = 64

    private let credentials: StreamCredentials
    private let schemes: [DigestVerifier.Scheme]
    private var verifiers: [(nonce: String, verifier: DigestVerifier)] = []

    init(_ authentication: SimulatedCameraDescription.Authentication) {
        credentials = StreamCredentials(username: authentication.username, password: authentication.password)
        schemes =
            switch authentication.scheme {
            case .basic: [.basic]
            case .digestMD5: [.digest(.md5)]
            case .digestSHA256: [.digest(.sha256)]
            case .digestBoth: [.digest(.md5), .digest(.sha256)]
            }
    }

    /// `nil` if the request proves that it knows the password; else the headers of the 401.
    func challenge(method: RTSPMethod, uri: String, headers: RTSPHeaders) -> RTSPHeaders? {
        let authorization = headers["Authorization"]
        var isStale = false
        if let authorization {
            let index = verifiers.firstIndex { authorization.contains($0.nonce) }
            switch index {
            case .some(let index):
                let verdict = verifiers[index].verifier.verify(authorization: authorization, method: method, uri: uri)
                if verdict == .accepted { return nil }
                isStale = verdict == .stale
            case nil:
                var verifier = DigestVerifier(realm: Self.realm, credentials: credentials, schemes: schemes)
                if verifier.verify(authorization: authorization, method: method, uri: uri) == .accepted { return nil }
            }
        }
        return freshChallenge(isStale: isStale)
    }

    private static let realm = "IP Camera"

    private func freshChallenge(isStale: Bool) -> RTSPHeaders {
        let nonce = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }.joined()
        let verifier = DigestVerifier(
            realm: Self.realm, credentials: credentials, schemes: schemes, offersAuth: schemes != [.digest(.md5)], nonce: nonce)
        if verifiers.count >= Self.capacity { verifiers.removeFirst() }
        verifiers.append((nonce, verifier))
        var headers = RTSPHeaders()
        for challenge in verifier.challenges(isStale: isStale) { headers.add("WWW-Authenticate", challenge) }
        return headers
    }
}
