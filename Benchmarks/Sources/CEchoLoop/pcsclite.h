/* Debian keeps the headers in a folder that is on nobody's search path, yet winscard.h asks for <pcsclite.h>. */
#include <PCSC/pcsclite.h>
