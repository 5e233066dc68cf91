# Every foreign library, as one imported target each.
find_package(PkgConfig REQUIRED)
pkg_check_modules(GLIB REQUIRED IMPORTED_TARGET glib-2.0>=2.74)
pkg_check_modules(GMIME REQUIRED IMPORTED_TARGET gmime-3.0>=3.2)
pkg_check_modules(GPGME REQUIRED IMPORTED_TARGET gpgme>=1.18)
pkg_check_modules(PQ REQUIRED IMPORTED_TARGET libpq>=15)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.88)
pkg_check_modules(GNUTLS REQUIRED IMPORTED_TARGET gnutls>=3.7)
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8>=10.42)
pkg_check_modules(MHD REQUIRED IMPORTED_TARGET libmicrohttpd>=0.9.75)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.14)
pkg_check_modules(SODIUM REQUIRED IMPORTED_TARGET libsodium>=1.0.18)
pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp>=2.5)
pkg_check_modules(OATH REQUIRED IMPORTED_TARGET liboath>=2.6)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode>=4.1)
pkg_check_modules(MD4C REQUIRED IMPORTED_TARGET md4c>=0.4.8)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(PANGOCAIRO REQUIRED IMPORTED_TARGET pangocairo>=1.50 cairo-pdf>=1.16
    fontconfig)
find_library(GUMBO_LIBRARY gumbo REQUIRED)

# Not through pkg-config: libetpan.pc carries dpkg's no-pie specs, which would turn
# every program that links it into a position-dependent one.
find_library(ETPAN_LIBRARY etpan REQUIRED)
find_path(ETPAN_INCLUDE libetpan/libetpan.h REQUIRED)
add_library(etpan INTERFACE)
target_include_directories(etpan SYSTEM INTERFACE ${ETPAN_INCLUDE})
target_link_libraries(etpan INTERFACE ${ETPAN_LIBRARY})

if(POSTERN_TESTS)
    pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka>=1.1)
endif()
