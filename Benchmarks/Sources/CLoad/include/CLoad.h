#ifndef LOOKOUT_CLOAD_H
#define LOOKOUT_CLOAD_H

// What Linux and GNU offer and Swift does not see.

#include <stddef.h>
#include <sys/epoll.h>

// Where `needle` first stands in the bytes; NULL if it does not.
const void *load_find(const void *bytes, size_t count, const void *needle, size_t needle_count);

// A descriptor that is readable once SIGINT or SIGTERM has come; both are blocked. -1 with errno.
int load_stop_descriptor(void);

#endif
