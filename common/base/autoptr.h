/*
 * autoptr: the automatic clean-up of foreign types that bring none of their own, in one
 * place. Only types whose library's header is cheap to name stand here; the others are
 * beside the one file that sees their library.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdio.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FILE, fclose)
