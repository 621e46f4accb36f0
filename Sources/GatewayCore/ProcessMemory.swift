import CLinux

/// How the C allocator, from which SwiftNIO and FFmpeg take their buffers, keeps memory.
///
/// glibc gives each thread an arena of its own, up to eight a core, and keeps in it what was freed: a process of many
/// threads would hold several times what it uses. One arena is enough: small blocks come from each thread's own cache, and
/// an access unit takes its lock twice in its life.
package enum ProcessMemory {
    private static let mapThreshold: Int32 = 256 << 10

    /// To be called before other threads start. Pictures, which are larger than the threshold, go back when they are freed.
    package static func bound() { linux_bound_allocator(mapThreshold) }

    /// Hands freed pages back to the kernel. Takes some milliseconds: for now and then.
    package static func trim() { linux_trim_allocator() }
}
