/* The peers, called as bare as they can be. */
#include <gd.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <postgresql/libpq-fe.h>
#include <qrencode.h>
#include <sqlite3.h>
#include <zbar.h>
#include <zlib.h>
