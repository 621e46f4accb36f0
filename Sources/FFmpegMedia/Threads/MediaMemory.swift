import CFFmpeg

/// How the C allocator, from which FFmpeg and SwiftNIO take their buffers, keeps memory.
///
/// glibc gives each thread an arena of its own, up to eight a core, and keeps in it what was freed: after a round of
/// probes on 32 threads the process would hold several times what it uses. One arena is enough: small blocks come from
/// each thread's own cache, and an access unit takes its lock twice in its life.
package enum MediaMemory {
    /// `M_ARENA_MAX`, `M_MMAP_THRESHOLD` of malloc.h: macros of casts, which Swift does not see.
    private static let arenaMaximum: Int32 = -8
    private static let mapThreshold: Int32 = -3

    /// To be called before other threads start. Pictures, which are larger than the threshold, go back when they are freed.
    package static func bound() {
        _ = mallopt(arenaMaximum, 1)
        _ = mallopt(mapThreshold, 256 << 10)
    }

    /// Hands freed pages back to the kernel. Takes some milliseconds: for the end of a round of probes, not for each.
    package static func trim() { _ = malloc_trim(0) }
}
