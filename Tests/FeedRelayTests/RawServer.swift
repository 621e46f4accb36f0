import Foundation
import NIOCore
import NIOPosix

/// An HTTP server on loopback that says to each request exactly what the test wants said.
enum RawServer {
    enum Answer: Sendable {
        /// And closes.
        case bytes([UInt8])
        /// And goes on saying nothing.
        case hang(String)

        static func answer(_ text: String) -> Answer { .bytes(Array(text.utf8)) }
        static func answer(_ bytes: [UInt8]) -> Answer { .bytes(bytes) }
    }

    static func bind(
        on group: any EventLoopGroup, _ answer: @escaping @Sendable (String) -> Answer
    ) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: @Sendable (String) -> Answer
        private var request = ""

        init(_ answer: @escaping @Sendable (String) -> Answer) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            request += String(buffer: unwrapInboundIn(data))
            guard request.hasSuffix("\r\n\r\n") else { return }
            let asked = request
            request = ""
            switch answer(asked) {
            case .bytes(let bytes):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes))).whenComplete { _ in
                    channel.close(promise: nil)
                }
            case .hang(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            }
        }
    }
}

/// A program that was not written here. Ended by ``end()``.
// SAFETY: Process is used by the test's task only.
final class ForeignProcess: @unchecked Sendable {
    private let process = Process()

    init(_ program: String, _ arguments: [String]) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [program] + (program == "ffmpeg" ? ["-nostdin", "-loglevel", "quiet", "-y"] : []) + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
    }

    var hasEnded: Bool { !process.isRunning }

    /// As by power loss, but for the kernel's farewell.
    func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

    /// Waits until somebody listens on the port, without connecting to it.
    func listening(on port: Int) async throws {
        let listener = String(format: ":%04X 00000000:0000 0A", port)
        try await eventually("a listener on \(port)") {
            // Read to its end: its length is not known before.
            let table = try FileHandle(forReadingFrom: URL(filePath: "/proc/net/tcp")).readToEnd() ?? Data()
            return String(decoding: table, as: UTF8.self).contains(listener) ? true : nil
        }
    }

    func end() {
        if process.isRunning { process.terminate() }
        for _ in 0..<100 where process.isRunning { usleep(10_000) }
        if process.isRunning { kill() }
        process.waitUntilExit()
    }
}

/// A port of loopback that nobody listens on now.
func freePort() throws -> Int {
    let probe = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(probe, $0, length) == 0 && getsockname(probe, $0, &length) == 0
        }
    }
    guard bound else { throw Overdue(description: "a free port") }
    return Int(UInt16(bigEndian: address.sin_port))
}
