/* qr: text as a picture that a telephone reads: a QR code (ISO/IEC 18004) in SVG, without
   styles or scripts, so that it may stand in a page with a strict policy. */
#pragma once

/* "<svg …>…</svg>", black on white with the quiet zone of four modules, one unit a module;
   `label` is its name for who does not see it. NULL when the text is too long for a code.
   Owned by the caller. */
char *qr_svg(const char *text, const char *label);
