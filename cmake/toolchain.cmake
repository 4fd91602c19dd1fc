# Compiler-wide settings: what every target of this tree is built with.

add_library(project_warnings INTERFACE)
target_compile_options(project_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual)
if(HEADMON_WERROR)
    target_compile_options(project_warnings INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Optimising, g++ 12 sees overflows and endless reads in `"text" + std::to_string(n)` where there are none (GCC bugs 105329, 105651).
    # The builds with sanitizers keep these warnings, and find the real ones.
    target_compile_options(project_warnings INTERFACE
        $<$<CONFIG:Release>:-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-array-bounds;-Wno-restrict>)
    # It also loses track of which operator new made an Asio coroutine's frame. AddressSanitizer watches that pair.
    target_compile_options(project_warnings INTERFACE -Wno-mismatched-new-delete)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
    # The sloppiness lets ccache see through the precompiled header; with it g++ wants -fpch-preprocess. From nothing, a
    # build is to cost no more than without ccache: no preprocessing of its own, and the precompiled header of 140 MB is
    # read once, not once for each file.
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_DEPEND=1 CCACHE_INODECACHE=1
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE_PROGRAM})
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
endif()

if(CMAKE_UNITY_BUILD)
    # Sources of one folder are compiled twelve at a time: what they include is read once. The presets for tests and
    # release do so, `dev` and `tidy` compile each alone. g++ takes a source that another includes for a header.
    set(CMAKE_UNITY_BUILD_BATCH_SIZE 12)
    add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

find_program(MOLD_PROGRAM mold)
if(MOLD_PROGRAM)
    add_link_options(-fuse-ld=mold)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # clang 14 has C++20 coroutines but not yet the feature macro that libstdc++ 12 asks for.
    add_compile_definitions(__cpp_impl_coroutine=201902L)
endif()

if(HEADMON_SANITIZE)
    # What the sanitizers know of each global and each checked line is a million addresses. At a fixed place they need no
    # relocation, which took half of the time of a small test.
    add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -fno-pie)
    add_link_options(-fsanitize=address,undefined -no-pie)
endif()
if(HEADMON_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Hardening costs nothing that can be measured here and turns many memory errors into a clean end.
if(CMAKE_BUILD_TYPE STREQUAL "Release" OR CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    add_compile_options(-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
