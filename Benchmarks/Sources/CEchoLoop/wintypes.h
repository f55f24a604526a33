/* As pcsclite.h beside it, which asks for <wintypes.h>. */
#include <PCSC/wintypes.h>
