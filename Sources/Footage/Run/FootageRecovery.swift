import Foundation
import GatewayCore
import Logging

/// Closes the runs that a dead daemon left open, at their last whole fragment. Files are read, never changed.
struct FootageRecovery: Sendable {
    let folder: URL
    let store: any FootageStore
    let logger: Logger

    /// Gaps that last: each link's next run closes its own.
    func run() async throws -> [LinkID: Gap] {
        var gaps = Dictionary(try await store.openGaps().map { ($0.link, $0) }, uniquingKeysWith: { $1 })
        var changes: [FootageChange] = []
        for (run, mark) in try await store.openRuns() {
            let closed = Self.end(of: run, lastMark: mark, in: folder)
            changes.append(.runEnded(run.id, at: closed.endedAt, playableBytes: closed.bytes, reason: .interrupted))
            logger.info(
                "run closed at its last whole fragment",
                metadata: ["run.id": "\(run.id)", "camera.id": "\(run.feed.cameraPoint)", "bytes": "\(closed.bytes)"])
            guard gaps[run.link] == nil else { continue }
            let gap = Gap(
                id: .random(), incident: run.incident, link: run.link, cameraPoint: run.feed.cameraPoint, from: closed.endedAt,
                reason: .daemonStopped)
            gaps[run.link] = gap
            changes.append(.gapOpened(gap))
        }
        if !changes.isEmpty { try await store.commit(changes) }
        return gaps
    }

    /// How much of an open run is whole, and when its last fragment ended.
    static func end(of run: Run, lastMark: GOPMark?, in folder: URL) -> (bytes: Int64, endedAt: Date) {
        let mark = lastMark ?? GOPMark(run: run.id, offset: 0, mediaTime: run.mediaStart, wallTime: run.startedAt)
        let found = withScanner(run.path, in: folder) { scanner in
            let tail = scanner.playable(from: mark.offset)
            // A mark beyond the file, or a torn GOP at it (a power cut): look at all of it.
            return tail.fragments > 0 ? tail : scanner.playable()
        }
        guard let found else { return (0, run.startedAt) }
        let length = found.mediaEnd.map { max(0, ($0 - mark.mediaTime).seconds) } ?? 0
        // Media time jumps over a camera's absence, as wall time does; never past a day beyond the mark.
        return (found.bytes, mark.wallTime.addingTimeInterval(min(length, 86_400)))
    }

    static func scan(_ path: String, in folder: URL) -> Int64 {
        withScanner(path, in: folder) { $0.playable().bytes } ?? 0
    }

    private static func withScanner<Result>(_ path: String, in folder: URL, _ body: (FragmentScanner) -> Result) -> Result? {
        let descriptor = open(folder.appending(path: path).path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { return nil }
        let scanner = FragmentScanner(size: Int64(size)) { offset, count in
            var bytes = [UInt8](repeating: 0, count: count)
            let got = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, count, off_t(offset)) }
            return Array(bytes.prefix(max(0, got)))
        }
        return body(scanner)
    }
}
