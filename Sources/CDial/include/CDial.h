#ifndef LOOKOUT_CDIAL_H
#define LOOKOUT_CDIAL_H

// Connections made by somebody else. A program that is linked with this has `getaddrinfo`, `socket` and `connect` of its own,
// which its libraries find before libc's: a connection is asked for, and the connected socket arrives as a descriptor.

#include <stdint.h>

// From now on `connect` calls `request` on its own thread and takes the descriptor of its answer from `descriptors`, a
// connected AF_UNIX socket. Before this call every connection is refused.
void dial_arm(int descriptors, void (*request)(const char *host, uint16_t port));

#endif
