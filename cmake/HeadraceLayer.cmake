# headrace_layer(<name> [DEPENDS <layer>...] [LIBRARIES <target>...] [TEST_DEPENDS <layer>...]
#                [ALONE <source>...] [NOT_INSTALLED])
#
# Makes the static library headrace_<name> of all sources in and below the calling folder, and, if
# there are any *_test.cc, the program <name>_test of them, one ctest entry. DEPENDS names the layers
# whose headers this one includes, LIBRARIES the foreign libraries, TEST_DEPENDS what only the tests
# need. main.cc is left out: the folder links it itself. A layer without sources is an interface.
# ALONE: sources that share the names of their own helpers with a sibling (an encoder beside its
# decoder), and are therefore not compiled together with others.
# NOT_INSTALLED: programs that use the installed C++ API do not need the layer.

option(HEADRACE_PCH "Precompile the headers that nearly every source includes" ON)
option(HEADRACE_UNITY "Compile several sources of a layer at once" OFF)

# Two precompiled headers serve all targets, since all are compiled with the same flags: one for
# sources, and one for tests that has GoogleTest in it too.
if(HEADRACE_PCH)
  foreach(_name pch test_pch)
    add_library(headrace_${_name} OBJECT ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
    target_precompile_headers(headrace_${_name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/${_name}.h)
    target_link_libraries(headrace_${_name} PRIVATE headrace_arrow headrace_options)
  endforeach()
  target_link_libraries(headrace_test_pch PRIVATE GTest::gmock)
endif()

function(headrace_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 layer "NOT_INSTALLED" "" "DEPENDS;LIBRARIES;TEST_DEPENDS;ALONE")
  if(layer_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "headrace_layer(${name}): unknown argument ${layer_UNPARSED_ARGUMENTS}")
  endif()

  set(folder ${CMAKE_CURRENT_SOURCE_DIR})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  file(GLOB_RECURSE tests CONFIGURE_DEPENDS ${folder}/*_test.cc)
  if(tests)
    list(REMOVE_ITEM sources ${tests})
  endif()
  list(REMOVE_ITEM sources ${folder}/main.cc)

  list(TRANSFORM layer_DEPENDS PREPEND headrace_)
  list(TRANSFORM layer_TEST_DEPENDS PREPEND headrace_)

  if(sources)
    add_library(headrace_${name} STATIC ${sources})
    set(scope PUBLIC)
    headrace_compile(headrace_${name} headrace_pch)
    set_target_properties(headrace_${name} PROPERTIES
      UNITY_BUILD ${HEADRACE_UNITY} UNITY_BUILD_BATCH_SIZE 8)
    set_source_files_properties(${layer_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  else()
    add_library(headrace_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(headrace_${name} ${scope}
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/include>)
  target_link_libraries(headrace_${name} ${scope}
    ${layer_DEPENDS} ${layer_LIBRARIES} headrace_arrow Threads::Threads)
  if(NOT layer_NOT_INSTALLED)
    headrace_install_library(headrace_${name})
  endif()

  if(tests)
    add_executable(${name}_test ${tests})
    headrace_compile(${name}_test headrace_test_pch)
    target_link_libraries(${name}_test PRIVATE
      headrace_${name} ${layer_TEST_DEPENDS} GTest::gmock GTest::gtest_main)
    set_target_properties(${name}_test PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
    headrace_add_test(${name} ${name}_test)
  endif()
endfunction()

# headrace_compile(<target> <precompiled header>) applies to a target of ours what all of them share.
function(headrace_compile target precompiled_header)
  target_link_libraries(${target} PRIVATE headrace_options)
  if(HEADRACE_PCH)
    target_precompile_headers(${target} REUSE_FROM ${precompiled_header})
  endif()
endfunction()

# headrace_add_test(<name> <command>...) registers a ctest entry with the settings all of them share.
function(headrace_add_test name)
  set(_seconds 300)
  # Arrow's own allocators would hide overruns from the sanitizers.
  set(_environment ARROW_DEFAULT_MEMORY_POOL=system)
  if(HEADRACE_SANITIZERS)
    set(_seconds 1800)
    list(APPEND _environment
      LSAN_OPTIONS=suppressions=${CMAKE_SOURCE_DIR}/cmake/lsan.suppressions
      UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
      # Arrow, gRPC and RocksDB come compiled without: how they synchronise is not seen.
      TSAN_OPTIONS=ignore_noninstrumented_modules=1:report_mutex_bugs=0)
  endif()
  add_test(NAME ${name} COMMAND ${ARGN})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${_seconds} ENVIRONMENT "${_environment}")
endfunction()
