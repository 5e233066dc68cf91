#include <string.h>

#include "common/base/error.h"
#include "common/text/template_walk.h"

/* Lines of a report; a template with more is broken in general. */
#define REPORT_LINES 20

static void report(struct template_walk *walk, const Template *template,
                   const struct op *op, const char *format, ...) G_GNUC_PRINTF(4, 5);

static void
report(struct template_walk *walk, const Template *template, const struct op *op,
       const char *format, ...)
{
    if (walk->report->len >= REPORT_LINES)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *position = template_position(template, op->at);
    g_autofree char *line = g_strdup_printf("%s: %s", position, message);
    if (!g_ptr_array_find_with_equal_func(walk->report, line, g_str_equal, NULL))
        g_ptr_array_add(walk->report, g_steal_pointer(&line));
}

/* Levenshtein's distance, over bytes. */
static size_t
distance(struct slice a, const char *b)
{
    size_t n = strlen(b), row[LIMIT_TEMPLATE_NAME + 1];
    if (n > LIMIT_TEMPLATE_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; i < a.n; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = corner + (a.p[i] != b[j]);
            corner = row[j + 1];
            row[j + 1] = MIN(change, MIN(corner, row[j]) + 1);
        }
    }
    return row[n];
}

/* The search for the name that was meant. */
struct nearest {
    struct slice wanted;
    size_t distance;
    char *name;
};

static struct nearest
nearest_to(const char *wanted)
{
    size_t n = strlen(wanted); /* one letter in three may be wrong, and always one */
    return (struct nearest){ slice_from(wanted), MAX(n / 3, 1) + 1, NULL };
}

static void
consider(struct nearest *nearest, const char *before, const json_t *object)
{
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        size_t d = distance(nearest->wanted, key);
        if (d >= nearest->distance)
            continue;
        nearest->distance = d;
        g_free(nearest->name);
        nearest->name = g_strconcat(before, *before ? "." : "", key, NULL);
    }
}

/* The name most like the one that isn't there, with the parts before it that are right;
   NULL when none is much like it. */
static char *
suggest(const struct template_walk *walk, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(name, ".", -1);
    struct nearest nearest = nearest_to(parts[0]);
    const json_t *value = NULL;
    for (size_t i = walk->contexts; i-- > 0 && !value;) {
        consider(&nearest, "", walk->context[i]);
        value = json_object_get(walk->context[i], parts[0]);
    }
    g_autoptr(GString) before = g_string_new(parts[0]);
    for (size_t k = 1; value && parts[k]; k++) {
        g_clear_pointer(&nearest.name, g_free);
        nearest =
            (struct nearest){ slice_from(parts[k]), strlen(parts[k]) / 2 + 1, NULL };
        consider(&nearest, before->str, value);
        value = json_object_get(value, parts[k]);
        g_string_append_printf(before, ".%s", parts[k]);
    }
    return nearest.name;
}

static void
report_unknown(struct template_walk *walk, const Template *template, const struct op *op)
{
    g_autofree char *near = suggest(walk, op->name);
    if (near)
        report(walk, template, op, "there is no name %s; is it %s?", op->name, near);
    else
        report(walk, template, op, "there is no name %s", op->name);
}

void
template_report_value(struct template_walk *walk, const Template *template,
                      const struct op *op, const json_t *value)
{
    if (!value) {
        report_unknown(walk, template, op);
        return;
    }
    if (op->kind == OP_SECTION && json_is_array(value) && json_array_size(value) == 0)
        report(walk, template, op, "%s has no element in the example", op->name);
    if (op->kind == OP_SECTION || op->kind == OP_INVERTED)
        return;
    if (json_is_object(value) || json_is_array(value))
        report(walk, template, op, "%s is %s: open it with {{#%s}}", op->name,
               json_is_array(value) ? "a list" : "an object", op->name);
    if (op->kind == OP_RAW && walk->input->mode == TEMPLATE_HTML
        && !g_str_has_suffix(op->name, "_html"))
        report(walk, template, op, "%s would stand unescaped in HTML: write {{%s}}",
               op->name, op->name);
}

void
template_report_missing_partial(struct template_walk *walk, const Template *template,
                                const struct op *op)
{
    report(walk, template, op, "there is no partial %s", op->name);
}

bool
template_check_names(const Template *template, const struct template_input *input,
                     GError **error)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    struct template_walk walk = { .input = input, .report = lines };
    bool ok = template_walk(&walk, template, error);
    g_string_free(walk.out, TRUE);
    if (!ok || lines->len == 0)
        return ok;
    g_ptr_array_add(lines, NULL);
    g_autofree char *text = g_strjoinv("\n", (char **)lines->pdata);
    return error_set(error, ERR_REJECT, "%s", text);
}
