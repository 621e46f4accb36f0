import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import GatewayAPI

@Suite struct GatewayServerTests {
    /// Answers `/media/…` as the relay's handler does: on the loop, past everything of the framework.
    private final class MediaEcho: ChannelInboundHandler, RemovableChannelHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private var isTaken = false
        private let isEndless: Bool

        init(isEndless: Bool) { self.isEndless = isEndless }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head) where head.uri.hasPrefix("/media/"): isTaken = true
            case .end where isTaken:
                isTaken = false
                var headers: HTTPHeaders = ["X-Media": "yes"]
                if !isEndless { headers.add(name: "Content-Length", value: "0") }
                context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
                if isEndless {
                    ConnectionDeadline.release(context.channel)
                    context.flush()
                } else {
                    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
                }
            default: if !isTaken { context.fireChannelRead(data) }
            }
        }
    }

    @Test func mediaAndAPIShareAConnection() async throws {
        try await TestGateway.run { gateway in
            try await gateway.serve(mediaHandlers: { [MediaEcho(isEndless: false)] }) { running in
                let connection = try await RawConnection.open(running.address)
                try await connection.send("GET /media/x HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.waits(for: "X-Media: yes"))
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.waits(for: #"{"status":"ok"}"#))
                #expect(!connection.isClosed)
                connection.close()
            }
        }
    }

    @Test func slowPeersAreClosed() async throws {
        try await TestGateway.run(configure: { configuration in
            configuration.limits.firstHead = .milliseconds(300)
            configuration.limits.idle = .milliseconds(400)
            configuration.limits.body = .milliseconds(300)
        }) { gateway in
            try await gateway.serve(mediaHandlers: { [MediaEcho(isEndless: true)] }) { running in
                let silent = try await RawConnection.open(running.address)
                let halfHead = try await RawConnection.open(running.address)
                try await halfHead.send("GET /healthz HTTP/1.1\r\nHost:")
                let halfBody = try await RawConnection.open(running.address)
                try await halfBody.send("POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
                let idle = try await RawConnection.open(running.address)
                try await idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                let media = try await RawConnection.open(running.address)
                try await media.send("GET /media/live HTTP/1.1\r\nHost: x\r\n\r\n")
                for connection in [silent, halfHead, halfBody, idle] {
                    #expect(try await connection.waitsForClose(within: .seconds(3)))
                }
                #expect(idle.text.contains(#"{"status":"ok"}"#))
                #expect(!media.isClosed)
                media.close()
            }
        }
    }

    @Test func bodyWithoutEndIsCutOff() async throws {
        try await TestGateway.run(configure: { $0.limits.bodyBytes = 1 << 20 }) { gateway in
            try await gateway.serve { running in
                let connection = try await RawConnection.open(running.address)
                try await connection.send("POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
                for _ in 0..<64 where !connection.isClosed { try? await connection.send(chunk) }
                #expect(try await connection.waitsForClose())
            }
        }
    }

    @Test func garbageIsAnswered400() async throws {
        try await TestGateway.run { gateway in
            try await gateway.serve { running in
                let connection = try await RawConnection.open(running.address)
                try await connection.send("\u{1}\u{2}garbage\r\n\r\n")
                #expect(try await connection.waitsForClose())
                #expect(connection.text.hasPrefix("HTTP/1.1 400"))
            }
        }
    }

    @Test func stopsAtOnceWithIdleConnections() async throws {
        try await TestGateway.run { gateway in
            let start = ContinuousClock.now
            try await gateway.serve { running in
                let idle = try await RawConnection.open(running.address)
                try await idle.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await idle.waits(for: #"{"status":"ok"}"#))
                await running.stop()
                #expect(try await idle.waitsForClose(within: .seconds(2)))
            }
            #expect(ContinuousClock.now - start < .seconds(4))
        }
    }

    @Test func controlSocketIsTheAdministrators() async throws {
        let path = "/tmp/lookout-\(UInt32.random(in: 0 ... .max)).sock"
        try await TestGateway.run(configure: { $0.controlSocketPath = path }) { gateway in
            try await gateway.serve { _ in
                #expect(
                    try await RawConnection.until(within: .seconds(5)) {
                        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
                        return (attributes?[.posixPermissions] as? Int) == 0o600
                    })
                let connection = try await RawConnection.open(try SocketAddress(unixDomainSocketPath: path))
                try await connection.send("GET /api/v1/sessions/current HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.waits(for: #""role":"administrator""#), "\(connection.text)")
                try await connection.send("POST /api/v1/incidents HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
                #expect(try await connection.waits(for: "roleMayNot"))
                connection.close()
            }
            #expect(!FileManager.default.fileExists(atPath: path))
        }
        #expect(ControlSocket.isAllowed(user: geteuid()) && ControlSocket.isAllowed(user: 0))
        #expect(!ControlSocket.isAllowed(user: 65_534) && !ControlSocket.isAllowed(user: .max))
    }
}
