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

static int collect(int descriptor, struct cpcsc_unix_socket *sockets, int capacity, long end) {
    static const int failed = -1;
    char buffer[32768] __attribute__((aligned(NLMSG_ALIGNTO)));
    int count = 0;
    for (int messages = 0; messages < most_messages && now_in_milliseconds() < end; messages++) {
        ssize_t received = recv(descriptor, buffer, sizeof buffer, 0);
        if (received <= 0) return failed;
        unsigned int left = (unsigned int)received;
        for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
            if (header->nlmsg_type == NLMSG_DONE) return count;
            if (header->nlmsg_type == NLMSG_ERROR) return failed;
            if (header->nlmsg_len < NLMSG_LENGTH(sizeof(struct unix_diag_msg))) return failed;
            if (count == capacity) return count;
            sockets[count++] = parsed(header);
        }
    }
    return failed;
}

int cpcsc_unix_sockets(struct cpcsc_unix_socket *sockets, int capacity, int milliseconds) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -1;
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    int count = -1;
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && ask(descriptor))
        count = collect(descriptor, sockets, capacity, now_in_milliseconds() + milliseconds);
    close(descriptor);
    return count;
}
