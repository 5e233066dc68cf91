/*
 * colour: a brand's one colour made into those that text can be read on and in (WCAG 2.2
 * §1.4.3: a contrast of 4.5 to 1).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct colour {
    uint8_t r, g, b;
};

/* "#3b82f6"; false for all else. */
bool colour_parse(const char *text, struct colour *ret);

#define COLOUR_TEXT_SIZE 8
const char *colour_format(struct colour colour, char text[static COLOUR_TEXT_SIZE]);

/* The contrast of two colours, 1 to 21. */
double colour_contrast(struct colour a, struct colour b);

/* Black or white, whichever is read better on it. */
struct colour colour_on(struct colour ground);

/* The colour itself or as little darker (on a light ground) or lighter (on a dark one) as
   it needs to be read there. */
struct colour colour_readable(struct colour colour, struct colour ground);
