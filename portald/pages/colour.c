#include "portald/pages/colour.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define READABLE 4.5

bool
colour_parse(const char *text, struct colour *ret)
{
    unsigned value = 0;

    if (text[0] != '#' || strlen(text) != 7
        || strspn(text + 1, "0123456789abcdefABCDEF") != 6
        || sscanf(text + 1, "%x", &value) != 1)
        return false;
    *ret =
        (struct colour){ (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value };
    return true;
}

const char *
colour_format(struct colour colour, char text[static COLOUR_TEXT_SIZE])
{
    snprintf(text, COLOUR_TEXT_SIZE, "#%02x%02x%02x", colour.r, colour.g, colour.b);
    return text;
}

/* WCAG 2.2, "relative luminance". */
static double
linear(uint8_t channel)
{
    double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double
luminance(struct colour c)
{
    return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double
colour_contrast(struct colour a, struct colour b)
{
    double la = luminance(a), lb = luminance(b);
    return (MAX(la, lb) + 0.05) / (MIN(la, lb) + 0.05);
}

struct colour
colour_on(struct colour ground)
{
    static const struct colour black = { 0, 0, 0 }, white = { 255, 255, 255 };
    return colour_contrast(ground, white) >= colour_contrast(ground, black) ? white
                                                                            : black;
}

static uint8_t
towards(uint8_t from, uint8_t to, double part)
{
    return (uint8_t)lround(from + (to - from) * part);
}

struct colour
colour_readable(struct colour colour, struct colour ground)
{
    struct colour goal = colour_on(ground);

    for (int step = 0; step <= 20; step++) {
        double part = step / 20.0;
        struct colour mixed = { towards(colour.r, goal.r, part),
                                towards(colour.g, goal.g, part),
                                towards(colour.b, goal.b, part) };
        if (colour_contrast(mixed, ground) >= READABLE)
            return mixed;
    }
    return goal;
}
