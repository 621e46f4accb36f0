import Foundation
import GatewayCore

extension PacketizedClip {
    static func load(_ description: SimulatedCameraDescription, clip index: Int) throws -> PacketizedClip {
        throw GatewayError(.failed, "todo", "todo")
    }
}
