/* binds: our typed values as libpq's arrays; for the files of db/ only. */
#pragma once

#include "common/db/db.h"

#define BINDS_MAX 40 /* the widest statement has fewer; a wider one is our mistake */

typedef struct Parameters {
    const char *values[BINDS_MAX];
    int lengths[BINDS_MAX];
    int formats[BINDS_MAX];
    char *owned[BINDS_MAX];
    size_t n;
} Parameters;

/* Fill *p, which is zeroed. Bytes are borrowed from the binds, the rest is copied. */
void parameters_set(Parameters *p, const struct db_bind *binds, size_t n);
void parameters_clear(Parameters *p);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parameters, parameters_clear)
