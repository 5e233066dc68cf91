/*
 * html_entity: one character reference of HTML, "&eacute;" or "&#233;" or "&#xE9;".
 */
#pragma once

#include <glib.h>

#include "common/base/slice.h"

/* Append the characters that `entity`, from '&' to ';', stands for, read as a browser does;
   as it is when it stands for none. */
void html_entity_append(GString *out, struct slice entity);
