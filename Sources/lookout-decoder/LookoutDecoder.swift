import ArgumentParser
import CLinux
import Foundation
import GatewayCore

/// The program that decodes: started by the gateway, with a socket to it as standard input and output. It ends when the
/// gateway closes the socket, whatever it is doing.
@main
struct LookoutDecoder: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout-decoder", abstract: "Decodes pictures for the gateway, which starts it. Not for people.")

    @Option(help: "Probes at once.")
    var probes = 32

    @Flag(help: "Says what this process may still do once it is confined, and ends.")
    var showConfinement = false

    func validate() throws {
        guard 1...256 ~= probes else { throw ValidationError("--probes is a number from 1 to 256") }
    }

    func run() throws {
        ProcessMemory.bound()
        if showConfinement { return Confinement.show() }
        // A picture that a decoder chokes on must not leave the memory of the whole gateway on the disk.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        DecoderService.prepare()
        let isConfined = Confinement.enter()
        DecoderService(socket: 0, probes: probes).run(isConfined: isConfined)
    }
}
