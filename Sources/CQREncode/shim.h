/* libqrencode imports as it is. */
#include <qrencode.h>
