import Foundation
import GatewayCore

/// An operation on a footage file that the system refused.
struct FootageFileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let code: Int32

    var description: String { "could not \(operation) footage file \(path): \(String(cString: strerror(code)))" }
}

/// A run's file, open for appending. Confined to the footage thread; closes itself.
final class RunFile {
    let run: Run
    private(set) var syncedAt = Date.distantPast
    private let descriptor: Int32
    private var path: String { run.path }

    /// Makes the file, which must not exist, and its day's folder; both are on the disk when it returns.
    init(creating run: Run, in folder: URL) throws(FootageFileError) {
        let file = folder.appending(path: run.path)
        let day = file.deletingLastPathComponent()
        if mkdir(day.path, 0o750) != 0, errno != EEXIST {
            throw FootageFileError(operation: "create the folder of", path: run.path, code: errno)
        }
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw FootageFileError(operation: "create", path: run.path, code: errno) }
        self.run = run
        self.descriptor = descriptor
        Self.sync(folder: day)
        Self.sync(folder: folder)
    }

    deinit { close(descriptor) }

    /// Appends all bytes or throws; after an error the file may end in part of them.
    func append(_ bytes: UnsafeRawBufferPointer) throws(FootageFileError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if count < 0, errno == EINTR {
                continue
            } else {
                throw FootageFileError(operation: "write", path: path, code: count == 0 ? EIO : errno)
            }
        }
    }

    func sync(at now: Date) throws(FootageFileError) {
        syncedAt = now
        guard fdatasync(descriptor) == 0 else { throw FootageFileError(operation: "sync", path: path, code: errno) }
    }

    private static func sync(folder: URL) {
        let descriptor = open(folder.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// Bytes that the footage folder's file system still has for an unprivileged writer; `nil` if it does not say.
func freeBytes(at folder: URL) -> Int64? {
    var figures = statvfs()
    guard statvfs(folder.path, &figures) == 0 else { return nil }
    let free = UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize))
    return free.overflow ? .max : Int64(clamping: free.partialValue)
}
