/* FreeType and libraqm as Swift sees them. */
#ifndef CRAQM_H
#define CRAQM_H

#include <ft2build.h>
#include <freetype/freetype.h>
#include <raqm.h>

/* Swift does not import a macro with a shift in it. Unhinted, so that a line is as wide as its letters say. */
enum {
    CRAQM_LOAD = FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP,
    CRAQM_LOAD_AND_RENDER = CRAQM_LOAD | FT_LOAD_RENDER
};

#endif
