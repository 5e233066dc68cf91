/*
 * notify_systemd: what we tell systemd, where we were started by it (sd_notify(3),
 * sd_watchdog_enabled(3)), without its library: a datagram to $NOTIFY_SOCKET.
 */
#pragma once

#include <stdint.h>

/* Send "READY=1", "STOPPING=1" and the like; nothing happens where nobody listens. */
void notify_systemd(const char *state);

/* "RELOADING=1", with the time that it wants beside it. */
void notify_systemd_reloading(void);

/* How often to send "WATCHDOG=1", half of what is allowed; 0: not at all. */
int64_t notify_systemd_watchdog_us(void);
