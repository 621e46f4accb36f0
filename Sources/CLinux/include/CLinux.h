#ifndef LOOKOUT_CLINUX_H
#define LOOKOUT_CLINUX_H

// What Linux offers and Swift does not see: variadic calls, GNU extensions, macros of casts, and a filter of system calls.

#include <spawn.h>

// The program to be started gets no descriptor from `first` on. 0, or an error number.
int linux_close_from(posix_spawn_file_actions_t *actions, int first);

// Names the calling thread, 15 bytes at most. 0, or -1 with errno.
int linux_name_thread(const char *name);

// One arena for all threads; blocks above `map_threshold` bytes are mapped, and go back when they are freed.
void linux_bound_allocator(int map_threshold);

// Hands freed pages back to the kernel.
void linux_trim_allocator(void);

// From now on this process and its threads open no file or socket, start no program or process and trace none: such calls
// fail with EPERM. What is open stays open. Cannot be undone. 0, or -1 with errno where the kernel has no such filter.
int linux_confine(void);

// Hands a descriptor to the process at the other end of an AF_UNIX socket, with one byte; without a descriptor (-1) the byte
// alone. The caller's descriptor stays open. Never blocks. 0, or -1 with errno.
int linux_send_descriptor(int socket, int descriptor, unsigned char reason);

// Waits for what `linux_send_descriptor` sends. The descriptor, or -1 with the byte in `reason`; zero if nothing came.
int linux_receive_descriptor(int socket, unsigned char *reason);

#endif
