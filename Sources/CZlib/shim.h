// zlib, for certificates that cards hold compressed with gzip, and for the pictures of QR codes.
#include <zlib.h>
