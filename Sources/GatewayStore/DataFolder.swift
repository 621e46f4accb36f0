import Foundation
import GatewayCore

/// The folder that one daemon, or one command in its place, owns: database, key file, footage.
///
/// Owning is a `flock` on `DATA/lock`, held by an open file descriptor: the kernel gives it up when the process ends,
/// however it ends. The file holds the owner's process id for people and is never removed.
package final class DataFolder: Sendable {
    package let url: URL
    private let descriptor: CInt

    package var databaseURL: URL { url.appending(path: "lookout.sqlite", directoryHint: .notDirectory) }

    /// Creates the folder (mode 0700) if it is not there and takes its lock.
    ///
    /// - Throws: `dataFolderUnusable`, or `dataFolderLocked` with the owner's process id in details `pid`.
    package init(at url: URL) throws(GatewayError) {
        self.url = url
        do {
            try FileManager.default.createDirectory(
                at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw Self.unusable(url, errno: nil, what: "创建")
        }
        let lock = url.appending(path: "lock", directoryHint: .notDirectory).path
        let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Self.unusable(url, errno: errno, what: "打开锁文件") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let cause = errno
            defer { close(descriptor) }
            guard cause == EWOULDBLOCK else { throw Self.unusable(url, errno: cause, what: "锁定") }
            let pid = Self.owner(descriptor)
            throw GatewayError(
                .conflict, "dataFolderLocked", "数据目录 \(url.path) 正由进程 \(pid ?? "(未知)") 使用",
                remedy: "先停止该进程,或换用另一数据目录", details: ["folder": url.path, "pid": pid ?? ""])
        }
        self.descriptor = descriptor
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count else {
            // The descriptor is closed by deinit, which gives the lock up.
            throw Self.unusable(url, errno: errno, what: "写锁文件")
        }
    }

    deinit { close(descriptor) }

    private static func owner(_ descriptor: CInt) -> String? {
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let digits = buffer.prefix(count).prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }

    private static func unusable(_ url: URL, errno cause: CInt?, what: String) -> GatewayError {
        let detail = cause.map { ":" + String(cString: strerror($0)) } ?? ""
        return GatewayError(
            .unavailable, "dataFolderUnusable", "不能使用数据目录 \(url.path)(\(what)失败\(detail))",
            remedy: "检查目录的归属、权限和剩余空间", details: ["folder": url.path])
    }
}
