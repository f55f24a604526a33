/* Debian keeps libpq's headers in a folder that is on nobody's search path. */
#if __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif
