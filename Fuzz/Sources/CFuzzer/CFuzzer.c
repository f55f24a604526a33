#include "CFuzzer.h"

// The runtime that -sanitize=fuzzer links brings a main, which is never called but wants this to exist.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)data;
    (void)size;
    return 0;
}
