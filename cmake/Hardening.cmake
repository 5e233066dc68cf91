# How every file is compiled and every program linked.
include(CheckPIESupported)
check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(
    -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wno-missing-field-initializers # what a table leaves out is zero
    -Wvla -Wformat=2 -Wundef -Wpointer-arith -Werror
    -fstack-protector-strong -fno-common -fno-strict-aliasing)
add_compile_definitions(_GNU_SOURCE G_LOG_DOMAIN="postern")
add_link_options(-Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

if(POSTERN_SANITIZE)
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined
                        -fno-omit-frame-pointer -g)
    add_link_options(-fsanitize=address,undefined)
elseif(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    # FORTIFY needs optimisation; the sanitizers replace it above.
    add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(POSTERN_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
