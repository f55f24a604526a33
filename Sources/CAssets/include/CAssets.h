// The demo bank's page, embedded: one entry a file under page/, in no order.
#ifndef CASSETS_H
#define CASSETS_H

#include <stddef.h>

/// One file: its path as a browser asks for it, without the leading slash, and its bytes.
struct console_asset {
    const char *path;
    const unsigned char *bytes;
    size_t count;
};

/// How many files there are.
size_t console_asset_count(void);

/// The file with this number, from 0; all of it lives as long as the program.
const struct console_asset *console_asset_at(size_t index);

#endif
