# Language level, warnings, optimisation, sanitizers, and the tools that make builds quick.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
set(CMAKE_INSTALL_RPATH "$ORIGIN/../lib")

set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")

set(HEADRACE_SANITIZERS "" CACHE STRING "Value for -fsanitize=, for example address,undefined")
if(HEADRACE_SANITIZERS)
  add_compile_options(-fsanitize=${HEADRACE_SANITIZERS} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${HEADRACE_SANITIZERS})
endif()

# No path of this machine in binaries; also lets the compiler cache serve any checkout.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)

find_program(HEADRACE_CCACHE ccache)
if(HEADRACE_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${HEADRACE_CCACHE})
endif()

find_program(HEADRACE_MOLD mold)
if(HEADRACE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# What all our own targets are compiled with; generated code is not. -pthread is here and not left to
# the libraries that ask for it, since a precompiled header is used only under the same flags.
add_library(headrace_options INTERFACE)
target_compile_options(headrace_options INTERFACE -Wall -Wextra -pthread)
headrace_install_library(headrace_options)
