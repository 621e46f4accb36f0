#define _GNU_SOURCE
#include "CallCounter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct call_counts unshared;
static struct call_counts *counts = &unshared;

#define COUNT(what) __atomic_fetch_add(&counts->what, 1, __ATOMIC_RELAXED)

__attribute__((constructor)) static void share_counts(void) {
    const char *folder = getenv("CALL_COUNTER_FOLDER");
    char path[4096];
    if (!folder || snprintf(path, sizeof path, "%s/%d", folder, (int)getpid()) >= (int)sizeof path) return;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return;
    void *shared = MAP_FAILED;
    if (ftruncate(file, sizeof *counts) == 0) shared = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (shared != MAP_FAILED) counts = shared;
}

// The allocator: glibc's own functions under their other names.

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);

void *malloc(size_t size) {
    COUNT(allocations);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    COUNT(allocations);
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    COUNT(allocations);
    return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
    COUNT(allocations);
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    COUNT(allocations);
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **result, size_t alignment, size_t size) {
    COUNT(allocations);
    void *block = __libc_memalign(alignment, size);
    if (!block) return ENOMEM;
    *result = block;
    return 0;
}

// The kernel.

ssize_t read(int file, void *bytes, size_t size) {
    COUNT(reads);
    return syscall(SYS_read, file, bytes, size);
}

ssize_t recv(int file, void *bytes, size_t size, int flags) {
    COUNT(reads);
    return syscall(SYS_recvfrom, file, bytes, size, flags, NULL, NULL);
}

ssize_t write(int file, const void *bytes, size_t size) {
    COUNT(writes);
    return syscall(SYS_write, file, bytes, size);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    COUNT(writes);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t send(int file, const void *bytes, size_t size, int flags) {
    COUNT(writes);
    return syscall(SYS_sendto, file, bytes, size, flags, NULL, 0);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags) {
    COUNT(writes);
    return syscall(SYS_sendmsg, file, message, flags);
}

int epoll_wait(int file, struct epoll_event *events, int count, int timeout) {
    COUNT(waits);
    return (int)syscall(SYS_epoll_pwait, file, events, count, timeout, NULL, (size_t)8);
}
