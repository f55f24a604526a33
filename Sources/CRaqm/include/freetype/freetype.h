#include <freetype2/freetype/freetype.h> /* Debian keeps FreeType's headers in a folder that is on nobody's search path. */
