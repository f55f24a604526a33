#include <freetype2/freetype/config/public-macros.h> /* Debian keeps FreeType's headers in a folder that is on nobody's search path. */
