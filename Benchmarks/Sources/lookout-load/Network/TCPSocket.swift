import Glibc

/// IPv4 sockets on loopback. Descriptors are plain numbers: who opens one closes it.
enum TCPSocket {
    private static let stream = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)

    /// Listens; port 0 takes any free one.
    static func listen(address: String, port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, stream | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw LoadError.system("socket") }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout.size(ofValue: on)))
        var name = try socketAddress(address, port)
        let bound = withSockaddr(&name) { bind(descriptor, $0, $1) }
        guard bound == 0, Glibc.listen(descriptor, 1_024) == 0 else {
            defer { close(descriptor) }
            throw LoadError.system("listen on \(address):\(port)")
        }
        return descriptor
    }

    static func port(of descriptor: Int32) throws -> Int {
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let got = withSockaddr(&name) { pointer, _ in getsockname(descriptor, pointer, &length) }
        guard got == 0 else { throw LoadError.system("getsockname") }
        return Int(UInt16(bigEndian: name.sin_port))
    }

    /// Connects, which on loopback is done at once, and does not block from then on.
    static func connect(host: String, port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, stream, 0)
        guard descriptor >= 0 else { throw LoadError.system("socket") }
        var name = try socketAddress(host == "localhost" ? "127.0.0.1" : host, port)
        guard withSockaddr(&name, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            defer { close(descriptor) }
            throw LoadError.system("connect to \(host):\(port)")
        }
        sendAtOnce(descriptor)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        return descriptor
    }

    /// `nil` when nobody waits.
    static func accept(_ listener: Int32) -> Int32? {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return nil }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        sendAtOnce(descriptor)
        return descriptor
    }

    private static func sendAtOnce(_ descriptor: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout.size(ofValue: on)))
    }

    private static func socketAddress(_ address: String, _ port: Int) throws -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        guard let port = UInt16(exactly: port), inet_pton(AF_INET, address, &name.sin_addr) == 1 else {
            throw LoadError("\(address):\(port) is no IPv4 address and port")
        }
        name.sin_port = port.bigEndian
        return name
    }

    private static func withSockaddr<Result>(
        _ name: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }

    /// Lets this process open as many sockets as the system allows.
    static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
