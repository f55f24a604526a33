/* prctl(2) takes any number of arguments, which Swift cannot call. */
#include <sys/prctl.h>

/* Lets no crash and no other program of this user see this process's memory; 0 when that holds from now on. */
static inline int linux_refuse_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
