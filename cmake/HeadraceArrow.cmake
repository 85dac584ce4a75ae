# Arrow C++ out of the pyarrow wheel: Debian has no Arrow packages, and the wheel carries complete
# headers and libraries. The libraries also export what they bundle (OpenSSL, RE2, ...), which would
# clash with the system's copies, so those symbols are hidden: see hide_foreign_symbols.py.

set(HEADRACE_ARROW_VERSION 26.0.1)
set(HEADRACE_ARROW_SHA256 39cb0f2418282c24bea6ceda77b03e5a8f0a5766b63a8bf194d4e2a2c423548c)
set(HEADRACE_ARROW_LIBRARIES arrow_s3 arrow_dataset arrow_acero arrow_compute parquet arrow)

if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  message(FATAL_ERROR "No Arrow wheel is pinned for ${CMAKE_SYSTEM_PROCESSOR}: "
                      "add its platform and hash to cmake/HeadraceArrow.cmake")
endif()

set(_name arrow-${HEADRACE_ARROW_VERSION})
set(HEADRACE_ARROW_DIR ${HEADRACE_DEPS_DIR}/${_name})

headrace_begin_dependency(${_name} _scratch)
if(_scratch)
  headrace_download(${_scratch}/wheel pyarrow==${HEADRACE_ARROW_VERSION} ${HEADRACE_ARROW_SHA256}
    --only-binary=:all: --python-version 311 --implementation cp --abi cp311
    --platform manylinux_2_28_x86_64)
  file(GLOB _wheel ${_scratch}/wheel/*.whl)
  file(ARCHIVE_EXTRACT INPUT ${_wheel} DESTINATION ${_scratch}/wheel
       PATTERNS "pyarrow/include/*" "pyarrow/lib*.so.*" "pyarrow-*.dist-info/licenses/*")
  file(RENAME ${_scratch}/wheel/pyarrow/include ${_scratch}/include)
  file(MAKE_DIRECTORY ${_scratch}/lib)
  foreach(_library IN LISTS HEADRACE_ARROW_LIBRARIES)
    file(GLOB _shared_object ${_scratch}/wheel/pyarrow/lib${_library}.so.[0-9]*)
    get_filename_component(_file_name ${_shared_object} NAME)
    execute_process(
      COMMAND ${Python3_EXECUTABLE} ${CMAKE_SOURCE_DIR}/cmake/hide_foreign_symbols.py
              ${_shared_object} ${_scratch}/lib/${_file_name}
      COMMAND_ERROR_IS_FATAL ANY)
    file(CREATE_LINK ${_file_name} ${_scratch}/lib/lib${_library}.so SYMBOLIC)
  endforeach()
  file(GLOB _licenses ${_scratch}/wheel/pyarrow-*.dist-info/licenses)
  if(_licenses)
    file(RENAME ${_licenses} ${_scratch}/licenses)
  endif()
  file(REMOVE_RECURSE ${_scratch}/wheel)
endif()
headrace_end_dependency(${_name})

add_library(headrace_arrow INTERFACE)
target_include_directories(headrace_arrow SYSTEM INTERFACE
  $<BUILD_INTERFACE:${HEADRACE_ARROW_DIR}/include> $<INSTALL_INTERFACE:include/headrace-arrow>)
target_compile_features(headrace_arrow INTERFACE cxx_std_20)
set(HEADRACE_ARROW_FILES)
foreach(_library IN LISTS HEADRACE_ARROW_LIBRARIES)
  file(REAL_PATH ${HEADRACE_ARROW_DIR}/lib/lib${_library}.so _shared_object)
  get_filename_component(_file_name ${_shared_object} NAME)
  add_library(headrace_imported_${_library} SHARED IMPORTED GLOBAL)
  set_target_properties(headrace_imported_${_library} PROPERTIES
    IMPORTED_LOCATION ${_shared_object} IMPORTED_SONAME ${_file_name})
  target_link_libraries(headrace_arrow INTERFACE headrace_imported_${_library})
  list(APPEND HEADRACE_ARROW_FILES ${_file_name})
  install(FILES ${_shared_object} DESTINATION lib)
endforeach()
install(DIRECTORY ${HEADRACE_ARROW_DIR}/include/ DESTINATION include/headrace-arrow)
headrace_install_library(headrace_arrow)
