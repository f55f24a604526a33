#include <gd.h>

/* libgd writes to stderr what is wrong with a file, unless a function with a va_list takes it. */
static inline void tessera_gd_ignore(int priority, const char *format, va_list arguments) {
    (void)priority, (void)format, (void)arguments;
}
static inline void tessera_gd_quiet(void) { gdSetErrorMethod(tessera_gd_ignore); }
