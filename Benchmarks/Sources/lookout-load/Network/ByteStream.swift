import Glibc

/// The bytes of one socket, read into memory that all streams of a process share. What an element lacks at the end of a
/// read is kept until the next.
final class ByteStream {
    /// Room for one read of any stream, after what its last one left over.
    final class Memory {
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        deinit { bytes.deallocate() }
    }

    let descriptor: Int32
    private let memory: Memory
    private var rest: [UInt8] = []

    init(descriptor: Int32, memory: Memory) {
        self.descriptor = descriptor
        self.memory = memory
    }

    /// Reads what is there and hands it on.
    ///
    /// - Parameter consume: how many bytes it took; the rest comes again, before what is read next.
    /// - Returns: how many bytes were read; 0 if there were none.
    /// - Throws: when the peer has closed, an element does not fit, or `consume` throws.
    func read(_ consume: (UnsafeRawBufferPointer) throws -> Int) throws -> Int {
        rest.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
        guard let start = memory.bytes.baseAddress, rest.count < memory.bytes.count else {
            throw LoadError("an element of more than \(memory.bytes.count) bytes")
        }
        let count = recv(descriptor, start + rest.count, memory.bytes.count - rest.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return 0 }
        guard count != 0 else { throw LoadError("closed by the server") }
        guard count > 0 else { throw LoadError.system("recv") }
        let all = UnsafeRawBufferPointer(rebasing: memory.bytes[0..<(rest.count + count)])
        let taken = try consume(all)
        rest.removeAll(keepingCapacity: true)
        rest.append(contentsOf: all[taken...])
        return count
    }

    /// Sends a request, which a socket of ours takes as a whole.
    func send(_ text: String) throws {
        var text = text
        let sent = text.withUTF8 { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard sent == text.utf8.count else { throw LoadError.system("send") }
    }
}
