#define _GNU_SOURCE
#include "CDial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "CLinux.h"

static int broker = -1;
static void (*ask)(const char *host, uint16_t port);

// Where to connect to, in the place of an address: the family is that of a Unix socket, which nobody looks into.
struct place {
    sa_family_t family;
    uint16_t port;
    char host[256];
};

struct answer {
    struct addrinfo info;
    struct place place;
};

void dial_arm(int descriptors, void (*request)(const char *host, uint16_t port)) {
    ask = request;
    broker = descriptors;
}

// Whether a host is an IPv6 address: libavformat asks before it writes one into an address of its own.
static int number(const char *node, struct addrinfo **result) {
    struct in6_addr address;
    if (inet_pton(AF_INET6, node, &address) != 1) return EAI_NONAME;
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) return EAI_MEMORY;
    answer->info.ai_family = AF_INET6;
    *result = &answer->info;
    return 0;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    if (hints != NULL && (hints->ai_flags & AI_NUMERICHOST) && service == NULL && node != NULL) return number(node, result);
    if (broker < 0 || node == NULL || service == NULL || strlen(node) >= sizeof(((struct place *)0)->host)) return EAI_FAIL;
    char *end = NULL;
    long port = strtol(service, &end, 10);
    if (end == service || *end != 0 || port < 1 || port > 65535) return EAI_SERVICE;
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL) return EAI_MEMORY;
    answer->place.family = AF_UNIX;
    answer->place.port = (uint16_t)port;
    strcpy(answer->place.host, node);
    answer->info.ai_family = AF_UNIX;
    answer->info.ai_socktype = SOCK_STREAM;
    answer->info.ai_addrlen = sizeof answer->place;
    answer->info.ai_addr = (struct sockaddr *)&answer->place;
    *result = &answer->info;
    return 0;
}

void freeaddrinfo(struct addrinfo *info) { free(info); }

// A descriptor to be replaced by the connection.
int socket(int domain, int type, int protocol) {
    (void)type;
    (void)protocol;
    if (broker < 0 || domain != AF_UNIX) {
        errno = EPERM;
        return -1;
    }
    return eventfd(0, EFD_CLOEXEC);
}

int connect(int descriptor, const struct sockaddr *address, socklen_t length) {
    if (broker < 0 || length != sizeof(struct place) || address->sa_family != AF_UNIX) {
        errno = EPERM;
        return -1;
    }
    const struct place *place = (const struct place *)address;
    ask(place->host, place->port);
    unsigned char reason = 0;
    int connected = linux_receive_descriptor(broker, &reason);
    if (connected < 0) {
        errno = reason == 0 ? ETIMEDOUT : reason;
        return -1;
    }
    int flags = fcntl(descriptor, F_GETFL);
    int result = dup3(connected, descriptor, O_CLOEXEC);
    close(connected);
    if (result < 0) return -1;
    if (flags >= 0 && (flags & O_NONBLOCK)) fcntl(descriptor, F_SETFL, O_NONBLOCK);
    return 0;
}
