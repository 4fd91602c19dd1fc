# What we borrow. All of it is packaged by Debian 12; scripts/install-deps installs it.

find_package(Boost 1.81 REQUIRED)
find_package(CURL 7.87 REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(simdjson 3.0 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(spdlog 1.10 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED)
find_package(Threads REQUIRED)
find_package(SQLiteCpp 3.2 REQUIRED)
# By hand: its CMake package also asks for the web server and the compression of parts that we do not use.
find_path(PROMETHEUS_CPP_INCLUDE_DIR prometheus/registry.h REQUIRED)
find_library(PROMETHEUS_CPP_CORE_LIBRARY prometheus-cpp-core REQUIRED)
find_path(ZSTD_INCLUDE_DIR zstd.h REQUIRED)
find_library(ZSTD_LIBRARY zstd REQUIRED)
# Its CMake package names a directory of its builder.
find_path(NATS_INCLUDE_DIR nats/nats.h REQUIRED)
find_library(NATS_LIBRARY nats REQUIRED)
find_path(CLI11_INCLUDE_DIR CLI/CLI.hpp REQUIRED)
# Its CMake package sets variables of its own kind; a header is all there is.
find_path(RAPIDJSON_INCLUDE_DIR rapidjson/writer.h REQUIRED)

# Asio and Beast are compiled once, in base/boost_asio.cpp and http/boost_beast.cpp.
add_compile_definitions(
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    BOOST_JSON_NO_LIB
    BOOST_CONTAINER_NO_LIB
    TOML_EXCEPTIONS=1
    SIMDJSON_EXCEPTIONS=0)

# Boost.JSON has no package of its own to link with here: it is compiled once, for those who name it.
add_library(boost_json STATIC ${CMAKE_CURRENT_LIST_DIR}/boost_json.cpp)
target_link_libraries(boost_json PUBLIC Boost::headers)

add_library(cli11 INTERFACE)
target_include_directories(cli11 SYSTEM INTERFACE ${CLI11_INCLUDE_DIR})

add_library(rapidjson INTERFACE)
target_include_directories(rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIR})

add_library(prometheus_cpp INTERFACE)
target_include_directories(prometheus_cpp SYSTEM INTERFACE ${PROMETHEUS_CPP_INCLUDE_DIR})
target_link_libraries(prometheus_cpp INTERFACE ${PROMETHEUS_CPP_CORE_LIBRARY})

add_library(zstd INTERFACE)
target_include_directories(zstd SYSTEM INTERFACE ${ZSTD_INCLUDE_DIR})
target_link_libraries(zstd INTERFACE ${ZSTD_LIBRARY})

add_library(nats INTERFACE)
target_include_directories(nats SYSTEM INTERFACE ${NATS_INCLUDE_DIR})
target_link_libraries(nats INTERFACE ${NATS_LIBRARY})
