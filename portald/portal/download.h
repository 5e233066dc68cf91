/*
 * download: a file of a message as an answer.
 *
 * What the sender called it is not believed: as a download it is bytes; it is shown in the
 * browser only when its first bytes are those of a picture, a PDF or plain text, and then
 * as that, in a page that can do nothing.
 */
#pragma once

#include "common/store/downloads.h"
#include "portald/http/reply.h"

/* The file, to be kept; parts of it may be asked for. */
Reply *download_reply(const Download *download, GError **error);

/* The file, to be looked at; a download where it is nothing that may be. */
Reply *download_preview(const Download *download, GError **error);

/* "image/png" and so on for content that may be shown, by what it is; NULL: none of it. */
const char *download_shown_type(struct slice content);
