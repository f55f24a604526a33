/* prctl(2) takes any number of arguments, which Swift cannot call; it hides pipe2(2), which wants _GNU_SOURCE. */
#include <fcntl.h>
#include <sys/prctl.h>

/* As unistd.h has it. */
extern int pipe2(int ends[2], int flags);

/* Lets no crash and no other program of this user see this process's memory; 0 when that holds from now on. */
static inline int linux_refuse_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

/* Makes a pipe whose reading and writing end no child gets, not even one that another thread starts meanwhile; 0, or -1 with errno. */
static inline int linux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }
