/* This is a C target, not a system library, so that its include folder is on the search path. */
#define _GNU_SOURCE
#include <pthread.h>

#include "CPCSC.h"

void cpcsc_name_this_thread(const char *name) { pthread_setname_np(pthread_self(), name); }
