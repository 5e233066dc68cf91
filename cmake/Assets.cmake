# cmake -DOUT=<file.c> -DDIRECTORY=<dir> -DFILES=<a|b> -P Assets.cmake
#
# Turns files into one C table, their bytes brought in by the assembler, so that a program
# carries what it serves and never serves another release's.
string(REPLACE "|" ";" FILES "${FILES}")
set(blobs "")
set(table "")
set(number 0)
foreach(file ${FILES})
    string(APPEND blobs
        "__asm__(\".section .rodata\\n.balign 16\\nasset_${number}:\\n\"\n"
        "        \".incbin \\\"${DIRECTORY}/${file}\\\"\\nasset_${number}_end:\\n.byte 0\\n.previous\\n\");\n"
        "extern const char asset_${number}[] __attribute__((visibility(\"hidden\")));\n"
        "extern const char asset_${number}_end[] __attribute__((visibility(\"hidden\")));\n")
    string(APPEND table "    { \"${file}\", asset_${number}, asset_${number}_end },\n")
    math(EXPR number "${number} + 1")
endforeach()
file(WRITE ${OUT} "/* Made by Assets.cmake. */\n#include \"portald/http/assets_table.h\"\n\n${blobs}\nconst struct asset_file asset_files[] = {\n${table}    { 0, 0, 0 }\n};\n")
