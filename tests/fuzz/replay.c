/* replay: run a fuzz target once over each file named, or over each file of the folders
   named, as a test. Prints TAP, one line a file. */
#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count;

static void
replay_file(const char *path)
{
    g_autofree char *content = NULL;
    gsize n = 0;
    if (!g_file_get_contents(path, &content, &n, NULL)) {
        printf("not ok %d - %s can't be read\n", ++count, path);
        return;
    }
    g_autofree uint8_t *exact = g_memdup2(content, n); /* no NUL: overreads show */
    LLVMFuzzerTestOneInput(exact, n);
    printf("ok %d - %s\n", ++count, path);
    fflush(stdout);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        g_autoptr(GDir) dir = g_dir_open(argv[i], 0, NULL);
        if (!dir) {
            replay_file(argv[i]);
            continue;
        }
        for (const char *name; (name = g_dir_read_name(dir));) {
            g_autofree char *path = g_build_filename(argv[i], name, NULL);
            replay_file(path);
        }
    }
    printf("1..%d\n", count);
    return 0;
}
