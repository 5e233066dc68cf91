#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/db/listen.h"
#include "maild/imap/reader.h"

/* RFC 2177 asks for DONE within 29 minutes; routers forget a silent connection sooner. */
#define IDLE_LONGEST (9 * CLOCK_MINUTE)

/* Without IDLE the server may still speak (it says BYE so): that too ends the wait. */
static bool
wait_by_time(struct reader *r, GError **error)
{
    bool input = false;
    return stream_wait(imap_stream(r->session->imap), r->config->poll_us, &input, error)
           && imap_command(r->session->imap, error, "NOOP");
}

static bool
wait_by_idle(struct reader *r, GError **error)
{
    bool input = false;
    Imap *imap = r->session->imap;
    return imap_idle_begin(imap, error)
           && stream_wait(imap_stream(imap), MIN(r->config->poll_us, IDLE_LONGEST),
                          &input, error)
           && imap_idle_end(imap, error);
}

bool
idle_wait(struct reader *r, GError **error)
{
    db_ring_flush(r->db);
    return r->session->can_idle ? wait_by_idle(r, error) : wait_by_time(r, error);
}
