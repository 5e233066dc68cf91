/*
 * zip: an archive that is written as it grows, in the form that every system opens
 * (PKWARE APPNOTE 6.3.3): deflated, names in UTF-8, sizes behind the content, so that
 * nothing has to be gone back to.
 *
 *     zip_begin, zip_add …, zip_end ─► (again) ─► zip_finish
 *
 * Without ZIP64: ERR_REJECT where an entry or the whole would reach 4 GB, or for more than
 * 65,000 entries.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"

/* Takes the next bytes of the archive. */
typedef bool (*ZipSink)(struct slice bytes, void *data, GError **error);

typedef struct Zip Zip;
Zip *zip_new(ZipSink sink, void *data);
void zip_free(Zip *zip);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zip, zip_free)

/* Begin an entry. `name` is a path with '/'; what could leave the folder it is unpacked
   into, or what no file name may have, becomes '_'. That names differ is the caller's. */
bool zip_begin(Zip *zip, const char *name, int64_t time_us, GError **error);
bool zip_add(Zip *zip, struct slice content, GError **error);
bool zip_end(Zip *zip, GError **error);

/* A whole entry. */
bool zip_put(Zip *zip, const char *name, int64_t time_us, struct slice content,
             GError **error);

/* Write the directory; the archive is whole then. */
bool zip_finish(Zip *zip, GError **error);

/* Bytes and entries written so far. */
int64_t zip_size(const Zip *zip);
size_t zip_entries(const Zip *zip);
