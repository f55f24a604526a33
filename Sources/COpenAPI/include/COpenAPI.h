#pragma once
#include <stddef.h>

// The bytes of Docs/openapi.yaml: Swift's own embedding of resources takes minutes, #embed none.
const unsigned char *tessera_openapi_start(void);
size_t tessera_openapi_count(void);
