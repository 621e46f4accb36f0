#ifndef LOOKOUT_CALL_COUNTER_H
#define LOOKOUT_CALL_COUNTER_H

// Preloaded into a program (LD_PRELOAD), counts what its threads ask of the allocator and of the kernel. The counts are the
// first bytes of the file CALL_COUNTER_FOLDER/PID, for another process to read while they run on.

#include <stdint.h>

struct call_counts {
    uint64_t allocations; // malloc, calloc, realloc, aligned ones
    uint64_t reads;       // read, recv
    uint64_t writes;      // write, writev, send, sendmsg
    uint64_t waits;       // epoll_wait
};

#endif
