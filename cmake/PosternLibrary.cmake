# postern_library(NAME SOURCES ... LINKS ...): one static library for one folder. Includes
# are written from the repository's root ("common/base/error.h"), so that the include
# lines of a file show the layers it stands on.
function(postern_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_LINKS})
endfunction()
