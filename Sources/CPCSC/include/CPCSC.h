/* libpcsclite as Swift sees it. Everything else of it imports as it stands. */
#ifndef CPCSC_H
#define CPCSC_H

#include <PCSC/winscard.h>

/* Swift does not import a macro with a shift in it. */
enum { CPCSC_RECEIVE_CAPACITY = MAX_BUFFER_SIZE_EXTENDED };

/* Swift's Glibc hides pthread_setname_np, which wants _GNU_SOURCE. At most 15 characters. */
void cpcsc_name_this_thread(const char *name);

#endif
