/* Which Unix sockets are connected to which: sock_diag(7), unix_diag. No other interface tells both ends. */
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "CPCSC.h"

/* A dump comes in several messages; this many of 32 KiB are far more than a machine has sockets. */
enum { most_messages = 1024, established = 1 };

static int ask(int descriptor) {
    struct {
        struct nlmsghdr header;
        struct unix_diag_req request;
    } message;
    memset(&message, 0, sizeof message);
    message.header.nlmsg_len = sizeof message;
    message.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    message.request.sdiag_family = AF_UNIX;
    message.request.udiag_states = 1 << established;
    message.request.udiag_show = UDIAG_SHOW_PEER | UDIAG_SHOW_VFS;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    return sendto(descriptor, &message, sizeof message, 0, (struct sockaddr *)&kernel, sizeof kernel) == sizeof message;
}

static struct cpcsc_unix_socket parsed(struct nlmsghdr *header) {
    struct unix_diag_msg *message = NLMSG_DATA(header);
    struct cpcsc_unix_socket found = {.inode = message->udiag_ino};
    struct rtattr *attribute = (struct rtattr *)(message + 1);
    int left = (int)header->nlmsg_len - (int)NLMSG_LENGTH(sizeof *message);
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        if (attribute->rta_type == UNIX_DIAG_PEER && RTA_PAYLOAD(attribute) >= sizeof found.peer)
            memcpy(&found.peer, RTA_DATA(attribute), sizeof found.peer);
        struct unix_diag_vfs file;
        if (attribute->rta_type == UNIX_DIAG_VFS && RTA_PAYLOAD(attribute) >= sizeof file) {
            memcpy(&file, RTA_DATA(attribute), sizeof file);
            found.file_inode = file.udiag_vfs_ino;
            found.file_device = file.udiag_vfs_dev;
        }
    }
    return found;
}

static long now_in_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int cpcsc_parse_sockets(const void *buffer, int length, struct cpcsc_unix_socket *sockets, int capacity, int *count) {
    static const int failed = -1, more = 0, done = 1;
    /* NLMSG_NEXT takes off the aligned length: where a last message is not aligned, that is below zero. */
    int left = length;
    for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
        if (header->nlmsg_type == NLMSG_DONE) return done;
        if (header->nlmsg_type == NLMSG_ERROR) return failed;
        if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg))) return failed;
        if (*count == capacity) return done;
        sockets[(*count)++] = parsed(header);
    }
    return more;
}

int cpcsc_receive_sockets(int descriptor, struct cpcsc_unix_socket *sockets, int capacity, int milliseconds) {
    static const int failed = -1;
    long end = now_in_milliseconds() + milliseconds;
    char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
    int count = 0;
    for (int messages = 0; messages < most_messages && now_in_milliseconds() < end; messages++) {
        struct sockaddr_nl sender = {.nl_family = AF_UNSPEC};
        socklen_t size = sizeof sender;
        ssize_t received = recvfrom(descriptor, buffer, sizeof buffer, MSG_TRUNC, (struct sockaddr *)&sender, &size);
        if (received <= 0 || received > (ssize_t)sizeof buffer) return failed;
        /* Other programs may write to this socket, too. */
        if (size != sizeof sender || sender.nl_family != AF_NETLINK || sender.nl_pid != 0) continue;
        int state = cpcsc_parse_sockets(buffer, (int)received, sockets, capacity, &count);
        if (state != 0) return state < 0 ? failed : count;
    }
    return failed;
}

int cpcsc_unix_sockets(struct cpcsc_unix_socket *sockets, int capacity, int milliseconds) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -1;
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    int count = -1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && ask(descriptor))
        count = cpcsc_receive_sockets(descriptor, sockets, capacity, milliseconds);
    close(descriptor);
    return count;
}
