import CameraRegistry
import Foundation
import GatewayCore

/// Thumbnails of government-built points, each as the last good probe saw it: `ID.jpg`, one a point, folder 0700, files
/// 0600.
///
/// A private point has no picture here. That holds in any order of probe, change and crash, because it is looked at three
/// times: ``keep(_:of:)`` asks the registry before and after it writes, the reconciler sweeps at each pass, and
/// ``jpeg(of:)`` hands out none of a private point whatever lies in the folder.
///
/// ## Concurrency model
/// All work on files runs on one queue of its own, one step after the other: no reader meets half a file, and a sweep meets
/// no writer.
package final class ThumbnailFolder: ThumbnailKeeper {
    /// A thumbnail is 320 pixels wide: some 20 kB.
    static let sizeLimit = 1 << 20
    private static let suffix = ".jpg"
    private static let unfinished = ".jpg.new"

    private let folder: URL
    private let points: any CameraPointStore
    private let queue = DispatchQueue(label: "lookout.thumbnails")

    /// - Parameter folder: made with the first picture.
    package init(folder: URL, points: any CameraPointStore) {
        self.folder = folder
        self.points = points
    }

    /// Puts the picture in the place of the one before, whole or not at all.
    ///
    /// - Throws: `thumbnailNotKept` if the file cannot be written. For a private or unknown point nothing is kept, and what
    ///   was there is removed.
    package func keep(_ jpeg: [UInt8], of point: CameraPointID) async throws {
        guard try await isGovernmentBuilt(point) else { return await remove([point]) }
        guard !jpeg.isEmpty, jpeg.count <= Self.sizeLimit else { throw Self.failure(EFBIG) }
        try await onQueue { [folder] in try Self.write(jpeg, as: point, in: folder) }
        // It may have changed while the file was written, and its sweep may be over.
        if try await !isGovernmentBuilt(point) { await remove([point]) }
    }

    /// `nil` where there is none, and always for a private point.
    package func jpeg(of point: CameraPoint) async -> [UInt8]? {
        guard !point.isPrivate else { return nil }
        return await onQueue { [folder] in Self.read(point.id, in: folder) }
    }

    /// When the picture was kept, which is the end of its probe; `nil` as ``jpeg(of:)``.
    package func takenAt(of point: CameraPoint) async -> Date? {
        guard !point.isPrivate else { return nil }
        return await onQueue { [folder] in
            var status = stat()
            guard lstat(Self.path(point.id, in: folder), &status) == 0 else { return nil }
            return Self.date(of: status)
        }
    }

    package func remove(_ points: some Collection<CameraPointID> & Sendable) async {
        guard !points.isEmpty else { return }
        await onQueue { [folder] in for point in points { unlink(Self.path(point, in: folder)) } }
    }

    /// Removes the pictures of points that are gone or private, and what a killed writer left. Files that are not
    /// thumbnails stay.
    ///
    /// - Parameter known: points that are government-built for certain; the registry is asked about others that have one.
    package func sweep(known: Set<CameraPointID>) async throws {
        let kept = await onQueue { [folder] in Self.keptPoints(in: folder) }
        var orphans: [CameraPointID] = []
        for point in kept where !known.contains(point) {
            if try await !isGovernmentBuilt(point) { orphans.append(point) }
        }
        await remove(orphans)
    }

    private func isGovernmentBuilt(_ id: CameraPointID) async throws -> Bool {
        guard let point = try await points.cameraPoint(id)?.point else { return false }
        return !point.isPrivate && point.status != .removed
    }

    // MARK: Files

    private func onQueue<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    private static func path(_ point: CameraPointID, in folder: URL, _ suffix: String = suffix) -> String {
        folder.path + "/" + point.rawValue + suffix
    }

    private static func write(_ jpeg: [UInt8], as point: CameraPointID, in folder: URL) throws(GatewayError) {
        // Exists already: not an error; its mode is set either way.
        guard mkdir(folder.path, 0o700) == 0 || errno == EEXIST, chmod(folder.path, 0o700) == 0 else { throw failure(errno) }
        let new = path(point, in: folder, unfinished)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(errno) }
        var cause: CInt = fchmod(descriptor, 0o600) == 0 ? 0 : errno
        var written = 0
        while cause == 0, written < jpeg.count {
            let count = jpeg.withUnsafeBytes { bytes in
                Foundation.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count > 0 { written += count } else if count == 0 || errno != EINTR { cause = count == 0 ? EIO : errno }
        }
        if close(descriptor) != 0, cause == 0 { cause = errno }
        if cause == 0, rename(new, path(point, in: folder)) != 0 { cause = errno }
        guard cause == 0 else {
            unlink(new)
            throw failure(cause)
        }
    }

    private static func read(_ point: CameraPointID, in folder: URL) -> [UInt8]? {
        let descriptor = open(path(point, in: folder), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, date(of: status) != nil else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        guard let bytes = try? handle.read(upToCount: sizeLimit), !bytes.isEmpty else { return nil }
        return Array(bytes)
    }

    /// `nil` for what is not a thumbnail: no regular file, empty as a power cut may leave it, or far too large.
    private static func date(of status: stat) -> Date? {
        guard status.st_mode & S_IFMT == S_IFREG, (1...Int64(sizeLimit)).contains(Int64(status.st_size)) else { return nil }
        return Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
    }

    private static func keptPoints(in folder: URL) -> [CameraPointID] {
        var kept: [CameraPointID] = []
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [] {
            if name.hasSuffix(unfinished), CameraPointID(rawValue: String(name.dropLast(unfinished.count))) != nil {
                unlink(folder.path + "/" + name)
            } else if name.hasSuffix(suffix), let point = CameraPointID(rawValue: String(name.dropLast(suffix.count))) {
                kept.append(point)
            }
        }
        return kept
    }

    private static func failure(_ cause: CInt) -> GatewayError {
        GatewayError(
            .failed, "thumbnailNotKept", "探测画面未能保存:\(String(cString: strerror(cause)))", remedy: "检查数据目录的权限和剩余空间")
    }
}
