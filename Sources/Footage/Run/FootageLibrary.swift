import Foundation
import GatewayCore

/// Footage as it is asked for: an incident's runs and gaps, and a run's file.
package struct FootageLibrary: Sendable {
    private let folder: URL
    private let store: any FootageStore
    /// Links whose recorder cannot write now, and why. Only the recorder knows for certain: where the disk is full, the
    /// index may not have been told that their runs ended.
    package let stopped: @Sendable () -> [LinkID: GapReason]

    package init(
        folder: URL, store: any FootageStore, stopped: @escaping @Sendable () -> [LinkID: GapReason] = { [:] }
    ) {
        self.folder = folder
        self.store = store
        self.stopped = stopped
    }

    /// Both oldest first. Runs that ended before anything of them could be played are left out.
    package func footage(of incident: IncidentID) async throws -> (runs: [Run], gaps: [Gap]) {
        let runs = try await store.runs(of: incident).filter { $0.endedAt == nil || $0.playableBytes > 0 }
        return (runs, try await store.gaps(of: incident))
    }

    /// The run's file and how many of its first bytes are to be delivered: whole fragments only, also while it grows.
    ///
    /// Throws `runNotFound`, or `footageMissing` when the file is gone or shorter than its index says.
    package func file(of id: RunID, incident: IncidentID) async throws -> (run: Run, file: URL, bytes: Int64) {
        guard let run = try await store.run(id), run.incident == incident else {
            throw GatewayError(.notFound, "runNotFound", "没有这段录像。")
        }
        let file = folder.appending(path: run.path)
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int64) ?? nil
        guard let size, size >= run.playableBytes, run.playableBytes > 0 else {
            throw GatewayError(
                run.playableBytes == 0 ? .notFound : .failed, "footageMissing",
                run.playableBytes == 0 ? "这段录像还没有可播放的内容。" : "录像文件缺失或不完整。", remedy: "检查数据盘。", details: ["run": id.rawValue])
        }
        return (run, file, run.playableBytes)
    }
}
