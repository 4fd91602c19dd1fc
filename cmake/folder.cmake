# headmon_folder(NAME SOURCES a.cpp … HEADERS a.hpp … [PUBLIC target…] [PRIVATE target…])
#
# One static library for one folder. PUBLIC are the folders that its headers include, PRIVATE what only its sources use.
function(headmon_folder name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE")
    add_library(${name} STATIC ${arg_SOURCES})
    target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${arg_HEADERS})
    target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE} project_warnings)
    # `cmake --build … --target all_verify_interface_header_sets` compiles each header alone.
    set_target_properties(${name} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    headmon_precompile(${name})
endfunction()

# All folders share the one precompiled header of base/, so that it is built once.
function(headmon_precompile target)
    if(HEADMON_PCH AND NOT target STREQUAL "base")
        target_precompile_headers(${target} REUSE_FROM base)
    endif()
endfunction()
