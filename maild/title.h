/*
 * title: what ps(1) shows of a process: "maild: ingest/1" in the place of the arguments
 * that it was started with.
 */
#pragma once

/* Called by main with its own argv; the environment moves elsewhere. Without it title_set
   does nothing. */
void title_init(int argc, char **argv);

/* Show "maild: NAME" from now on, cut to the room that there is; what argv held is gone. */
void title_set(const char *name);
