# headmon_embed(OUTPUT NAMESPACE NAME=FILE…)
#
# Writes a C++ source with a `const std::string_view NAME` for each text file; of a file that is not there it is empty.
function(headmon_embed output namespace)
    set(HEADMON_TEXTS "")
    foreach(pair IN LISTS ARGN)
        string(REGEX MATCH "^([^=]+)=(.*)$" matched "${pair}")
        set(name "${CMAKE_MATCH_1}")
        set(file "${CMAKE_MATCH_2}")
        set(text "")
        if(EXISTS "${file}")
            file(READ "${file}" text)
            set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
        endif()
        string(APPEND HEADMON_TEXTS "extern const std::string_view ${name};\n"
            "const std::string_view ${name} = R\"HEADMON_TEXT(${text})HEADMON_TEXT\";\n")
    endforeach()
    set(HEADMON_NAMESPACE "${namespace}")
    file(CONFIGURE OUTPUT "${output}" CONTENT
        "// Made by cmake/embed.cmake.\n#include <string_view>\n\nnamespace @HEADMON_NAMESPACE@ {\n@HEADMON_TEXTS@}\n" @ONLY)
endfunction()
