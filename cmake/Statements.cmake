cmake_minimum_required(VERSION 3.25)
# cmake -DOUT=<base> -DFILES=<a.sql|b.sql> -P Statements.cmake
#
# Turns .sql files into OUT.h (an enum SQL_<NAME>) and OUT.c (the table in the same order).
# A statement begins at a line `-- name: some_name`; the lines before it, and comment lines
# within it, are for the reader only.
string(REPLACE "|" ";" FILES "${FILES}")
set(enum "")
set(table "")
set(seen "")

function(flush)
    if(NOT name)
        return()
    endif()
    if(name IN_LIST seen)
        message(FATAL_ERROR "statement ${name} is defined twice")
    endif()
    list(APPEND seen ${name})
    string(TOUPPER ${name} upper)
    string(APPEND enum "    SQL_${upper},\n")
    string(APPEND table "    { \"${name}\",\n${text}    },\n")
    set(seen "${seen}" PARENT_SCOPE)
    set(enum "${enum}" PARENT_SCOPE)
    set(table "${table}" PARENT_SCOPE)
endfunction()

foreach(file ${FILES})
    file(READ ${file} content)
    # Keep CMake's list syntax out of the way: [ ] and ; would be read as list marks.
    string(REPLACE "[" "@OPEN@" content "${content}")
    string(REPLACE "]" "@CLOSE@" content "${content}")
    string(REPLACE ";" "@SEMI@" content "${content}")
    string(REPLACE "\\" "@BACK@" content "${content}")
    string(REPLACE "\n" ";" lines "${content}")
    set(name "")
    set(text "")
    foreach(line IN LISTS lines)
        if(line MATCHES "^-- name: ([a-z0-9_]+)$")
            flush()
            set(name "${CMAKE_MATCH_1}")
            set(text "")
        elseif(name AND NOT line MATCHES "^ *--" AND NOT line MATCHES "^ *$")
            string(REPLACE "\"" "\\\"" line "${line}")
            string(REPLACE "@BACK@" "\\\\" line "${line}")
            string(APPEND text "      \"${line}\\n\"\n")
        endif()
    endforeach()
    flush()
    set(name "")
endforeach()

string(REPLACE "@SEMI@" "" table "${table}")
string(REPLACE "@OPEN@" "[" table "${table}")
string(REPLACE "@CLOSE@" "]" table "${table}")
file(WRITE ${OUT}.h "/* generated from the .sql files beside the modules */
#pragma once

#include \"common/db/db.h\"

enum statement {
${enum}    SQL_COUNT
};

extern const struct db_statement_table statements;
")
file(WRITE ${OUT}.c "/* generated from the .sql files beside the modules */
#include \"common/store/statements.h\"

static const struct db_statement table[SQL_COUNT] = {
${table}};

const struct db_statement_table statements = { table, SQL_COUNT };
")
