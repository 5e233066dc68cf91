/*
 * sandbox: what a process that reads hostile bytes gives up, once and for good.
 *
 * no_new_privs; Landlock (where the kernel has it): files are read-only, and only below
 * /usr/lib, /usr/share, /etc, which is what the C library needs to convert charsets; no
 * TCP; no signals out; seccomp: no execve, no new process, no new socket, no ptrace, no
 * open for writing. What is open stays open, so the database connection goes on; once it
 * is lost no other can be made, and the process has to end and be started again.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum sandbox_kind {
    SANDBOX_PARSER, /* ingest: computes, reads those files, talks to its database */
};

/* Enter it: call once, when all connections are open and before the first message. What
   can be had is in force in either case; false, with ERR_DENIED and what is missing, is
   for a log line and no reason to stop. */
bool sandbox_enter(enum sandbox_kind kind, GError **error);

/* The same for a process that runs programs on hostile bytes, and for these programs:
   no_new_privs; Landlock: only what lies below /usr, /etc, /dev and /proc can be read and
   run, only `folder` and /dev/null written, no TCP; seccomp: no socket but a unix one (an
   IP one can't even be made, with or without Landlock), no namespaces, mounts, ptrace or
   kernel keys. */
bool sandbox_enter_tools(const char *folder, GError **error);
