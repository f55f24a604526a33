/* This is a C target, not a system library, so that its include folder is on the search path. */
#include "CRaqm.h"
