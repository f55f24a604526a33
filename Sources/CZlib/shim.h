// zlib, for certificates that cards hold compressed with gzip.
#include <zlib.h>
