#include "portald/portal/fields.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Characters of one value; what is longer belongs into the message. */
#define VALUE_CHARS 1000

static void
problem_clear(void *data)
{
    struct field_problem *problem = data;
    g_free(problem->key);
}

GArray *
fields_problems_new(void)
{
    GArray *problems = g_array_new(FALSE, FALSE, sizeof(struct field_problem));
    g_array_set_clear_func(problems, problem_clear);
    return problems;
}

static void
add_problem(GArray *problems, const char *key, enum field_flaw flaw)
{
    struct field_problem problem = { g_strdup(key), flaw };
    g_array_append_val(problems, problem);
}

/* --- one value of each type: NULL for what is none ---------------------------------- */

static json_t *
read_text(const json_t *field, const json_t *value)
{
    const char *text = json_string_value(value);
    (void)field;
    return text && g_utf8_strlen(text, -1) <= VALUE_CHARS ? json_string(text) : NULL;
}

static json_t *
read_number(const json_t *field, const json_t *value)
{
    const char *text = json_string_value(value);
    char *end = NULL;

    (void)field;
    if (json_is_number(value))
        return json_deep_copy(value);
    if (!text)
        return NULL;
    double number = g_ascii_strtod(text, &end);
    if (end == text || *end || !isfinite(number))
        return NULL;
    if (number > -1e15 && number < 1e15 && (double)(json_int_t)number == number)
        return json_integer((json_int_t)number);
    return json_real(number);
}

static json_t *
read_select(const json_t *field, const json_t *value)
{
    json_t *option;
    size_t i;

    json_array_foreach(
        json_object_get(field, "options"), i,
        option) if (json_equal(option, value)) return json_deep_copy(value);
    return NULL;
}

static json_t *
read_checkbox(const json_t *field, const json_t *value)
{
    const char *text = json_string_value(value);
    (void)field;
    if (json_is_boolean(value))
        return json_boolean(json_is_true(value));
    return text && strcmp(text, "on") == 0 ? json_true() : NULL;
}

static json_t *
read_date(const json_t *field, const json_t *value)
{
    const char *text = json_string_value(value);
    GDate date;

    (void)field;
    if (!text || strlen(text) != 10)
        return NULL;
    int year = (int)g_ascii_strtoll(text, NULL, 10);
    int month = (int)g_ascii_strtoll(text + 5, NULL, 10);
    int day = (int)g_ascii_strtoll(text + 8, NULL, 10);
    if (year < 1 || !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return NULL;
    g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    char canonical[16];
    g_date_strftime(canonical, sizeof canonical, "%Y-%m-%d", &date);
    return strcmp(canonical, text) == 0 ? json_string(text) : NULL;
}

static const struct {
    const char *type;
    json_t *(*read)(const json_t *field, const json_t *value);
} readers[] = {
    { "text", read_text },         { "number", read_number }, { "select", read_select },
    { "checkbox", read_checkbox }, { "date", read_date },
};

static json_t *
read_value(const json_t *field, const json_t *value)
{
    const char *type = json_string_value(json_object_get(field, "type"));

    for (size_t i = 0; type && i < G_N_ELEMENTS(readers); i++)
        if (strcmp(type, readers[i].type) == 0)
            return readers[i].read(field, value);
    return NULL;
}

/* --- all ---------------------------------------------------------------------------- */

/* Forms send "" for what was left empty. */
static bool
is_given(const json_t *value)
{
    const char *text = json_string_value(value);
    return value && !json_is_null(value) && !(text && !*text);
}

static const json_t *
find_field(const json_t *definitions, const char *key)
{
    json_t *field;
    size_t i;

    json_array_foreach(definitions, i, field)
    {
        const char *own = json_string_value(json_object_get(field, "key"));
        if (own && strcmp(own, key) == 0
            && json_is_true(json_object_get(field, "visible_to_customer")))
            return field;
    }
    return NULL;
}

json_t *
fields_read(const json_t *definitions, const json_t *given, GArray *ret_problems)
{
    json_t *values = json_object(), *field, *value;
    const char *key;
    size_t i;

    json_object_foreach((json_t *)(uintptr_t)given, key, value)
    {
        field = (json_t *)(uintptr_t)find_field(definitions, key);
        json_t *read = field && is_given(value) ? read_value(field, value) : NULL;
        if (read)
            json_object_set_new(values, key, read);
        else if (!field)
            add_problem(ret_problems, key, FIELD_UNKNOWN);
        else if (is_given(value))
            add_problem(ret_problems, key, FIELD_WRONG);
    }
    json_array_foreach(definitions, i, field)
    {
        key = json_string_value(json_object_get(field, "key"));
        if (key && json_is_true(json_object_get(field, "visible_to_customer"))
            && json_is_true(json_object_get(field, "required"))
            && !is_given(json_object_get(given, key)))
            add_problem(ret_problems, key, FIELD_MISSING);
    }
    return values;
}
