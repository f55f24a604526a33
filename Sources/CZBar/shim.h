#include <zbar.h>

/* The only pixel format that the scanner takes, one byte of grey a pixel: zbar_fourcc is a macro with arguments. */
static const unsigned long tessera_zbar_y800 = zbar_fourcc('Y', '8', '0', '0');
