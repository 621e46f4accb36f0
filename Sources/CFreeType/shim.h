#ifndef LOOKOUT_CFREETYPE_SHIM_H
#define LOOKOUT_CFREETYPE_SHIM_H

#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H

// Swift does not see the flag, a macro with a cast in it: loads a glyph and renders it with 256 levels of coverage.
static inline FT_Error freetype_render(FT_Face face, FT_ULong character) {
    return FT_Load_Char(face, character, FT_LOAD_RENDER);
}

#endif
