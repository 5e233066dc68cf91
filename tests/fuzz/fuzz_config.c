/* fuzz_config: any bytes as a configuration file. Whatever they are, either it is good, or
   the error names the file. Secrets are looked for in a folder that isn't there. */
#include <stdlib.h>
#include <string.h>

#include "common/base/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    struct slice text = { (const char *)data, size };
    g_autoptr(Config) config = config_parse(text, "/nonexistent/f.conf", &error);

    if (!config && !g_str_has_prefix(error->message, "/nonexistent/f.conf:"))
        abort();
    return 0;
}
