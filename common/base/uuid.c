#include "common/base/uuid.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/crypto.h"

/* RFC 9562 §6.2 method 1: 12 bits of counter behind the millisecond keep order within it.
   The counter starts low, so that it has room before the clock moves on. */
static void
next_tick(uint64_t *ret_ms, uint16_t *ret_counter)
{
    static GMutex lock;
    static uint64_t last_ms;
    static uint16_t counter;

    uint64_t now = (uint64_t)clock_now_us() / 1000;
    g_mutex_lock(&lock);
    if (now > last_ms) {
        last_ms = now;
        counter = 0;
    } else if (++counter > 0xfff) {
        last_ms++;
        counter = 0;
    }
    *ret_ms = last_ms;
    *ret_counter = counter;
    g_mutex_unlock(&lock);
}

struct uuid
uuid_make(void)
{
    struct uuid u;
    uint64_t ms = 0;
    uint16_t counter = 0;

    next_tick(&ms, &counter);
    crypto_random(u.b + 8, 8);
    for (int i = 0; i < 6; i++)
        u.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    u.b[6] = (uint8_t)(0x70 | (counter >> 8));
    u.b[7] = (uint8_t)counter;
    u.b[8] = (uint8_t)(0x80 | (u.b[8] & 0x3f));
    return u;
}

const char *
uuid_format(struct uuid u, char text[static UUID_TEXT_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    char *out = text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[u.b[i] >> 4];
        *out++ = hex[u.b[i] & 15];
    }
    *out = '\0';
    return text;
}

bool
uuid_parse(struct slice text, struct uuid *ret_uuid)
{
    if (text.n != UUID_TEXT_SIZE - 1)
        return false;

    struct uuid u;
    size_t at = 0;
    for (int i = 0; i < 16; i++) {
        if ((i == 4 || i == 6 || i == 8 || i == 10) && text.p[at++] != '-')
            return false;
        int high = g_ascii_xdigit_value(text.p[at]);
        int low = g_ascii_xdigit_value(text.p[at + 1]);
        if (high < 0 || low < 0)
            return false;
        u.b[i] = (uint8_t)(high << 4 | low);
        at += 2;
    }
    *ret_uuid = u;
    return true;
}

bool
uuid_is_nil(struct uuid u)
{
    static const struct uuid nil;
    return memcmp(u.b, nil.b, sizeof u.b) == 0;
}

bool
uuid_equal(struct uuid a, struct uuid b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}
