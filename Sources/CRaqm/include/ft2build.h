#include <freetype2/ft2build.h> /* Debian keeps FreeType's headers in a folder that is on nobody's search path. */
