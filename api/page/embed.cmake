# headmon_embed_page(OUTPUT)
#
# Writes a C++ source with the web page of api/page/built, or one without a page. Each file but index.html is served below
# a name with its hash in it, which stands in index.html for @PAGE_NAME_EXT@: @PAGE_JS@ and @PAGE_CSS@ for page.js and
# page.css, @PAGE_RUNBOOK_HTML@ for runbook.html.
function(headmon_embed_page output)
    set(built "${PROJECT_SOURCE_DIR}/api/page/built")
    set(HEADMON_INDEX "")
    set(HEADMON_INDEX_HASH "")
    set(HEADMON_ASSETS "")
    set(count 0)
    if(HEADMON_PAGE)
        if(NOT EXISTS "${built}/index.html")
            message(FATAL_ERROR "The web page is not in ${built}: scripts/build-page makes it (wants npm), or build without one: -DHEADMON_PAGE=OFF")
        endif()
        set(types html=text/html js=text/javascript css=text/css txt=text/plain svg=image/svg+xml json=application/json)
        file(READ "${built}/index.html" HEADMON_INDEX)
        # Another file, or another content, is another page.
        file(GLOB files CONFIGURE_DEPENDS "${built}/*")
        foreach(file IN LISTS files)
            set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
            get_filename_component(whole "${file}" NAME)
            if(whole STREQUAL "index.html")
                continue()
            endif()
            get_filename_component(stem "${file}" NAME_WLE)
            get_filename_component(extension "${file}" LAST_EXT)
            string(REGEX REPLACE "^\\." "" extension "${extension}")
            set(type "${types}")
            list(FILTER type INCLUDE REGEX "^${extension}=")
            if(type STREQUAL "" OR NOT whole MATCHES "^[a-z0-9_-]+\\.[a-z]+$")
                message(FATAL_ERROR "api/page/built/${whole} cannot be served: its name or its type is none of those in api/page/embed.cmake")
            endif()
            string(REGEX REPLACE "^[a-z]+=" "" type "${type}")
            string(REGEX REPLACE "^(text/.*)$" "\\1; charset=utf-8" type "${type}")
            file(SHA256 "${file}" hash)
            string(SUBSTRING "${hash}" 0 16 hash)
            file(READ "${file}" text)
            set(name "${stem}-${hash}.${extension}")
            string(APPEND HEADMON_ASSETS "    {\"${name}\", \"${type}\", R\"HEADMON_TEXT(${text})HEADMON_TEXT\"},\n")
            math(EXPR count "${count} + 1")
            string(TOUPPER "${stem}_${extension}" placeholder)
            string(REGEX REPLACE "[^A-Z0-9]" "_" placeholder "PAGE_${placeholder}")
            string(REGEX REPLACE "^PAGE_PAGE_" "PAGE_" placeholder "${placeholder}")
            string(REPLACE "@${placeholder}@" "/page/${name}" HEADMON_INDEX "${HEADMON_INDEX}")
        endforeach()
        if(HEADMON_INDEX MATCHES "@PAGE_[A-Z0-9_]+@")
            message(FATAL_ERROR "api/page/built/index.html names ${CMAKE_MATCH_0}, and there is no such file")
        endif()
        string(SHA256 HEADMON_INDEX_HASH "${HEADMON_INDEX}")
        string(SUBSTRING "${HEADMON_INDEX_HASH}" 0 16 HEADMON_INDEX_HASH)
    endif()
    set(HEADMON_ASSET_COUNT ${count})
    file(CONFIGURE OUTPUT "${output}" CONTENT
        "// Made by api/page/embed.cmake.
#include \"api/page/assets.hpp\"

namespace api::page {
namespace {

constexpr Asset kAll[] = {
@HEADMON_ASSETS@    {},
};

}  // namespace

const std::string_view kIndex = R\"HEADMON_TEXT(@HEADMON_INDEX@)HEADMON_TEXT\";
const std::string_view kIndexHash = \"@HEADMON_INDEX_HASH@\";
const std::span<const Asset> kAssets{kAll, @HEADMON_ASSET_COUNT@};

}  // namespace api::page
" @ONLY)
endfunction()
