/* libpcsclite as Swift sees it. Everything else of it imports as it stands. */
#ifndef CPCSC_H
#define CPCSC_H

#include <PCSC/winscard.h>
#include <PCSC/reader.h>

/* Swift does not import a macro with a shift in it. */
enum { CPCSC_RECEIVE_CAPACITY = MAX_BUFFER_SIZE_EXTENDED };

/* Nor a macro that calls another one: SCARD_CTL_CODE(3400). */
enum { CPCSC_GET_FEATURE_REQUEST = CM_IOCTL_GET_FEATURE_REQUEST };

/* Nor SCARD_ATTR_VALUE(class, tag), which casts as well. */
enum {
    CPCSC_ATTR_VENDOR_NAME = SCARD_ATTR_VENDOR_NAME,
    CPCSC_ATTR_VENDOR_IFD_VERSION = SCARD_ATTR_VENDOR_IFD_VERSION,
    CPCSC_ATTR_VENDOR_IFD_SERIAL_NO = SCARD_ATTR_VENDOR_IFD_SERIAL_NO,
    CPCSC_ATTR_ATR_STRING = SCARD_ATTR_ATR_STRING
};

/* Swift's Glibc hides pthread_setname_np, which wants _GNU_SOURCE. At most 15 characters. */
void cpcsc_name_this_thread(const char *name);

/* A Unix socket of this machine, as the kernel tells it: sock_diag(7). Where it has no peer or no file, that is 0. */
struct cpcsc_unix_socket {
    unsigned int inode;
    unsigned int peer;
    unsigned int file_inode;
    unsigned int file_device;
};

/*
 * Fills `sockets` with up to `capacity` connected Unix sockets; within about `milliseconds`. In C, because the messages
 * are built and walked by macros.
 *
 * Returns their number, or -1 when the kernel does not tell.
 */
int cpcsc_unix_sockets(struct cpcsc_unix_socket *sockets, int capacity, int milliseconds);

/*
 * The answer to that question as it arrives at `descriptor`, a socket with a time limit of its own. Only the kernel's
 * messages count.
 *
 * Returns the number of sockets, or -1 when the kernel does not tell them all.
 */
int cpcsc_receive_sockets(int descriptor, struct cpcsc_unix_socket *sockets, int capacity, int milliseconds);

/*
 * Adds the sockets in one of its messages, `length` bytes aligned to four, to the `count` that are known.
 *
 * Returns 1 after the last one, 0 when more are to come, -1 when the kernel refuses or `buffer` is none of its messages.
 */
int cpcsc_parse_sockets(const void *buffer, int length, struct cpcsc_unix_socket *sockets, int capacity, int *count);

#endif
