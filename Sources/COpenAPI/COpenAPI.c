#include "COpenAPI.h"

// Known to this compiler under every standard of C, and to C itself since C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char document[] = {
#embed "../../Docs/openapi.yaml"
};

const unsigned char *tessera_openapi_start(void) { return document; }
size_t tessera_openapi_count(void) { return sizeof document; }
