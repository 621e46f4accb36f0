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

#endif
