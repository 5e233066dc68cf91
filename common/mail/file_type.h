/* file_type: the media type that a file name suggests, where nothing else tells it. */
#pragma once

/* "image/png" for "a.PNG"; "application/octet-stream" for what isn't known. Never a type
   that a browser would run. */
const char *file_type_of_name(const char *name);
