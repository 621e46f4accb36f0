import GatewayCore

extension G711 {
    /// Linear samples, −1…1, of the 256 codes (ITU-T G.711, tables 1 and 2): a sign, three bits of segment and four of step.
    var samples: [Float] {
        (0..<256).map { code in
            let bits = self == .aLaw ? code ^ 0x55 : ~code & 0xFF
            let (segment, step) = (bits >> 4 & 7, 2 * (bits & 15))
            let magnitude =
                switch self {
                case .aLaw: (segment == 0 ? step + 1 : (step + 33) << (segment - 1)) * 8
                case .muLaw: (((step + 33) << segment) - 33) * 4
                }
            // A set bit is positive in the A-law, and negative in the µ-law once it is inverted.
            let isPositive = (bits & 0x80 != 0) == (self == .aLaw)
            return Float(isPositive ? magnitude : -magnitude) / 32_768
        }
    }
}
