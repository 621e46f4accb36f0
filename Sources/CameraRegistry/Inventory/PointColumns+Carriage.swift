import GatewayCore

extension PointColumns {
    /// How a stream comes from its camera.
    static func carriage(_ role: StreamRole, _ name: String, _ presence: Column.Presence) -> [Column] {
        [
            Column(
                "\(name)传输方式", presence,
                read: { (draft, text) throws(CellFault) in
                    let word = text.lowercased()
                    guard let choice = word == "自动" ? .automatic : TransportChoice(rawValue: word) else {
                        throw CellFault("transportUnknown", "未知的传输方式", "填写 自动、TCP、UDP 或 HTTP,不知道就留空")
                    }
                    draft.streamDetails[role, default: .init()].transport = choice
                },
                write: { draft in
                    guard let choice = draft.streamDetails[role]?.transport, choice != .automatic else { return "" }
                    return choice.rawValue.uppercased()
                }),
            Column(
                "\(name)证书指纹", presence,
                read: { (draft, text) throws(CellFault) in
                    guard let pin = CertificatePin(text) else {
                        throw CellFault(
                            "pinMalformed", "不是证书的 SHA-256 指纹",
                            "填写 64 位十六进制数,可带冒号;探测失败的说明里有摄像机出示的指纹,核对后填入")
                    }
                    draft.streamDetails[role, default: .init()].pin = pin
                },
                write: { $0.streamDetails[role]?.pin?.description ?? "" }),
        ]
    }

    static func carriageHeaders(_ role: StreamRole) -> [String] {
        ["传输方式", "证书指纹"].map { (role == .main ? "主码流" : "子码流") + $0 }
    }

    static func header(of clash: CameraStream.Clash, _ role: StreamRole) -> String {
        carriageHeaders(role)[clash == .pinWithoutCertificate ? 1 : 0]
    }
}
