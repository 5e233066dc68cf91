/* metrics: this process's counters and the desk's figures, for Prometheus. */
#pragma once

#include "portald/http/routes.h"

/* GET /metrics: Prometheus text. Not for the Internet: a proxy should not pass it on. */
Reply *metrics_get(const struct request *request, GError **error);
