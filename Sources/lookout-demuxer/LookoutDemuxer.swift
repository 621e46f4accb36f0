import ArgumentParser
import CLinux
import FFmpegMedia
import Foundation
import GatewayCore

/// The program that demuxes and transcodes one stream: started by the gateway, with a socket to it as standard input and
/// output, and a second one as descriptor 3 for the connections that it is given. It ends when the gateway closes the
/// socket, whatever it is doing.
@main
struct LookoutDemuxer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookout-demuxer", abstract: "Demuxes a stream for the gateway, which starts it. Not for people.")

    /// Bytes of memory that the process may have: the largest picture that is decoded, thrice, and an encoder.
    private static let memory: rlim_t = 768 << 20

    func run() throws {
        ProcessMemory.bound()
        // Neither a stream that brings libav down nor the password in its address leaves memory on the disk.
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        signal(SIGPIPE, SIG_IGN)
        DemuxerService.prepare()
        var limit = rlimit(rlim_cur: Self.memory, rlim_max: Self.memory)
        setrlimit(__rlimit_resource_t(RLIMIT_DATA.rawValue), &limit)
        if linux_confine() != 0 {
            FileHandle.standardError.write(Data("lookout-demuxer: the kernel has no filter of system calls\n".utf8))
        }
        DemuxerService(socket: 0, descriptors: 3).run()
        // Whatever libav is doing.
        _exit(0)
    }
}
