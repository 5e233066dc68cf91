#include "portald/http/assets.h"

#include <string.h>

#include "common/base/crypto.h"
#include "portald/http/assets_table.h"
#include "portald/http/conditional.h"

struct asset {
    const char *name, *type;
    GBytes *plain, *gzip; /* gzip NULL: it would not be smaller */
    char *etag, *gzip_etag;
};

struct Assets {
    GPtrArray *all; /* of struct asset */
    char *path;
};

static const struct {
    const char *suffix, *type;
} types[] = {
    { ".css", "text/css; charset=utf-8" },
    { ".js", "text/javascript; charset=utf-8" },
    { ".svg", "image/svg+xml" },
    { ".png", "image/png" },
    { ".ico", "image/x-icon" },
    { ".json", "application/json" },
    { ".woff2", "font/woff2" },
};

static const char *
type_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (g_str_has_suffix(name, types[i].suffix))
            return types[i].type;
    return "application/octet-stream";
}

static void
asset_free(void *data)
{
    struct asset *asset = data;
    g_bytes_unref(asset->plain);
    g_clear_pointer(&asset->gzip, g_bytes_unref);
    g_free(asset->etag);
    g_free(asset->gzip_etag);
    g_free(asset);
}

static struct asset *
asset_new(const struct asset_file *file)
{
    struct asset *asset = g_new0(struct asset, 1);
    struct slice content = { file->begin, (size_t)(file->end - file->begin) };
    g_autofree char *digest = crypto_sha256_hex(content);

    asset->name = file->name;
    asset->type = type_of(file->name);
    asset->plain = g_bytes_new_static(content.p, content.n);
    if (!g_str_has_suffix(file->name, ".png"))
        asset->gzip = gzip_bytes(asset->plain);
    asset->etag = g_strdup_printf("\"%.22s\"", digest);
    asset->gzip_etag = g_strdup_printf("\"%.22s-gz\"", digest);
    return asset;
}

Assets *
assets_load(void)
{
    Assets *assets = g_new0(Assets, 1);
    g_autoptr(GString) digests = g_string_new(NULL);

    assets->all = g_ptr_array_new_with_free_func(asset_free);
    for (const struct asset_file *file = asset_files; file->name; file++) {
        struct asset *asset = asset_new(file);
        g_string_append_printf(digests, "%s %s\n", asset->name, asset->etag);
        g_ptr_array_add(assets->all, asset);
    }
    g_autofree char *version =
        crypto_sha256_hex((struct slice){ digests->str, digests->len });
    assets->path = g_strdup_printf("/static/%.16s", version);
    return assets;
}

void
assets_free(Assets *assets)
{
    if (!assets)
        return;
    g_ptr_array_unref(assets->all);
    g_free(assets->path);
    g_free(assets);
}

const char *
assets_path(const Assets *assets)
{
    return assets->path;
}

static const struct asset *
find(const Assets *assets, const char *name)
{
    for (guint i = 0; i < assets->all->len; i++) {
        const struct asset *asset = assets->all->pdata[i];
        if (strcmp(asset->name, name) == 0)
            return asset;
    }
    return NULL;
}

Reply *
assets_reply(const Assets *assets, const struct request *request, const char *name,
             bool for_ever)
{
    const struct asset *asset = find(assets, name);
    if (!asset)
        return NULL;

    const char *accepted = request_header(request, "Accept-Encoding");
    bool gzip = asset->gzip && accepted && strstr(accepted, "gzip");
    Reply *reply = reply_new(200, asset->type, gzip ? asset->gzip : asset->plain);
    reply_set(reply, "ETag", gzip ? asset->gzip_etag : asset->etag);
    reply_set(reply, "Vary", "Accept-Encoding");
    if (gzip)
        reply_set(reply, "Content-Encoding", "gzip");
    reply_set(reply, "Cache-Control",
              for_ever ? "public, max-age=31536000, immutable" : "no-cache");
    reply->takes_ranges = true;
    return reply;
}
