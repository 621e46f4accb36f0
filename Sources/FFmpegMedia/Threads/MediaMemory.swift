import CFFmpeg

/// Memory that decoding used and freed, but that the allocator still holds: it keeps an arena for each few threads.
package enum MediaMemory {
    /// Gives it back to the system. Takes some milliseconds: for the end of a round of probes, not for each of them.
    package static func trim() { _ = malloc_trim(0) }
}
