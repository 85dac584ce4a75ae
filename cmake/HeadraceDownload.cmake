# Things that are downloaded once, by pinned hash, and shared by all build directories.

if(DEFINED ENV{HEADRACE_DEPS_DIR})
  set(_default_deps_dir $ENV{HEADRACE_DEPS_DIR})
else()
  set(_default_deps_dir ${CMAKE_SOURCE_DIR}/.deps)
endif()
set(HEADRACE_DEPS_DIR ${_default_deps_dir} CACHE PATH "Where downloaded dependencies are kept")

find_package(Python3 REQUIRED COMPONENTS Interpreter)

# headrace_download(<directory> <requirement> <sha256> [pip download option...])
# Downloads one file from the Python package index into <directory>; fails if its hash differs.
function(headrace_download directory requirement sha256)
  message(STATUS "Downloading ${requirement}")
  file(MAKE_DIRECTORY ${directory})
  set(requirements ${directory}/requirements.txt)
  file(WRITE ${requirements} "${requirement} --hash=sha256:${sha256}\n")
  execute_process(
    COMMAND ${Python3_EXECUTABLE} -m pip download --quiet --no-deps --require-hashes
            ${ARGN} --dest ${directory} --requirement ${requirements}
    COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE ${requirements})
endfunction()

# headrace_begin_dependency(<name> <variable>) starts a dependency directory unless it is there
# already: <variable> is then a scratch directory to fill, otherwise it is empty. Build directories
# may be configured at the same time, hence the lock; it is held until headrace_end_dependency.
macro(headrace_begin_dependency name variable)
  file(MAKE_DIRECTORY ${HEADRACE_DEPS_DIR})
  file(LOCK ${HEADRACE_DEPS_DIR}/lock TIMEOUT 900)
  set(${variable} "")
  if(NOT EXISTS ${HEADRACE_DEPS_DIR}/${name})
    set(${variable} ${HEADRACE_DEPS_DIR}/${name}.partial)
    file(REMOVE_RECURSE ${${variable}})
    file(MAKE_DIRECTORY ${${variable}})
  endif()
endmacro()

# headrace_end_dependency(<name>) moves a filled scratch directory into place in one step, so that
# an interrupted download is never taken for a finished one.
macro(headrace_end_dependency name)
  if(EXISTS ${HEADRACE_DEPS_DIR}/${name}.partial)
    file(RENAME ${HEADRACE_DEPS_DIR}/${name}.partial ${HEADRACE_DEPS_DIR}/${name})
  endif()
  file(LOCK ${HEADRACE_DEPS_DIR}/lock RELEASE)
endmacro()
