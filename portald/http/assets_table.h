/* assets_table: the files of portald/static as the build put them into the program
   (cmake/Assets.cmake). */
#pragma once

struct asset_file {
    const char *name; /* "postern.css"; NULL ends the table */
    const char *begin, *end;
};

extern const struct asset_file asset_files[];
