/* schema_format: texts that mean something: what "format" asks for. */
#include <string.h>

#include "common/base/uuid.h"
#include "common/mail/address.h"
#include "portald/http/schema_parts.h"

static bool
is_uuid(const char *text)
{
    struct uuid uuid;
    return uuid_parse(slice_from(text), &uuid);
}

/* So many digits; what follows them. NULL: they are not there. */
static const char *
take_digits(const char *text, int n, int *ret_number)
{
    *ret_number = 0;
    for (int i = 0; i < n; i++, text++) {
        if (!g_ascii_isdigit(*text))
            return NULL;
        *ret_number = *ret_number * 10 + (*text - '0');
    }
    return text;
}

static const char *
take_date(const char *text)
{
    int year = 0, month = 0, day = 0;

    if (!(text = take_digits(text, 4, &year)) || *text++ != '-'
        || !(text = take_digits(text, 2, &month)) || *text++ != '-'
        || !(text = take_digits(text, 2, &day)))
        return NULL;
    return year > 0 && month >= 1 && month <= 12 && day >= 1
                   && day <= g_date_get_days_in_month((GDateMonth)month, (GDateYear)year)
               ? text
               : NULL;
}

static bool
is_date(const char *text)
{
    text = take_date(text);
    return text && *text == '\0';
}

static const char *
take_hours(const char *text, int most_hour)
{
    int hour = 0, minute = 0;

    if (!(text = take_digits(text, 2, &hour)) || *text++ != ':'
        || !(text = take_digits(text, 2, &minute)))
        return NULL;
    return hour <= most_hour && minute <= 59 ? text : NULL;
}

/* RFC 3339 §5.6, without leap seconds: the database knows none. */
static bool
is_date_time(const char *text)
{
    int second = 0;

    if (!(text = take_date(text)) || (*text != 'T' && *text != 't')
        || !(text = take_hours(text + 1, 23)) || *text++ != ':'
        || !(text = take_digits(text, 2, &second)) || second > 59)
        return false;
    if (*text == '.') {
        size_t digits = strspn(text + 1, "0123456789");
        if (digits == 0)
            return false;
        text += 1 + digits;
    }
    if (*text == 'Z' || *text == 'z')
        return text[1] == '\0';
    return (*text == '+' || *text == '-') && (text = take_hours(text + 1, 23))
           && *text == '\0';
}

static bool
is_email(const char *text)
{
    g_autofree char *address = address_normalise(slice_from(text));
    return address && !strchr(text, '<');
}

static bool
is_uri(const char *text)
{
    return g_uri_is_valid(text, G_URI_FLAGS_NONE, NULL);
}

bool
schema_has_format(const char *format, const char *text)
{
    static const struct {
        const char *name;
        bool (*is)(const char *text);
    } formats[] = {
        { "date", is_date }, { "date-time", is_date_time }, { "email", is_email },
        { "uri", is_uri },   { "uuid", is_uuid },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(formats[i].name, format) == 0)
            return formats[i].is(text);
    return true;
}
