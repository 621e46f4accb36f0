import GatewayCore

extension CameraStream {
    /// What a stream's address and the way it is to be carried say against each other.
    enum Clash: Hashable {
        /// A transport is chosen for an address that is no RTSP.
        case transportOfAnother(StreamURL.Scheme)
        /// The packets of an encrypted session stay on its connection.
        case encryptedDatagrams
        /// A fingerprint for an address at which no certificate is shown, or none that is looked at.
        case pinWithoutCertificate

        var fault: CellFault {
            switch self {
            case .transportOfAnother(let scheme):
                CellFault("transportNotApplicable", "传输方式只用于 RTSP,\(scheme.rawValue) 地址没有", "清空该列")
            case .encryptedDatagrams:
                CellFault("transportEncrypted", "rtsps:// 的码流只在加密连接内传输,不能用 UDP", "填写 TCP 或 HTTP,或清空该列")
            case .pinWithoutCertificate:
                CellFault("pinWithoutCertificate", "证书指纹只用于 rtsps:// 地址", "地址改为 rtsps://,或清空该列")
            }
        }
    }

    var clash: Clash? {
        if !url.scheme.isRTSP, transport != .automatic { return .transportOfAnother(url.scheme) }
        if url.scheme == .rtsps, transport == .udp { return .encryptedDatagrams }
        if url.scheme != .rtsps, pin != nil { return .pinWithoutCertificate }
        return nil
    }
}
