/* stream: an answer whose bytes come when there are some, over libmicrohttpd. */
#pragma once

#include <microhttpd.h>

#include "portald/http/reply.h"

/* The response for reply->stream. A connection without bytes to send is suspended: it
   costs its memory and nothing else until the stream wakes it. */
struct MHD_Response *stream_response(struct MHD_Connection *connection, Reply *reply);
