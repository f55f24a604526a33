#include <freetype2/freetype/ftmoderr.h> /* Debian keeps FreeType's headers in a folder that is on nobody's search path. */
