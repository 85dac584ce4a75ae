# `cmake --install` puts the program into bin/, the C++ API into include/ and lib/, and a package that
# find_package(Headrace) finds into lib/cmake/Headrace/. The installed tree may be moved as a whole.

include(CMakePackageConfigHelpers)

# headrace_install_library(<target>) makes a library part of what headrace::headrace needs.
function(headrace_install_library target)
  install(TARGETS ${target} EXPORT HeadraceTargets ARCHIVE DESTINATION lib/headrace)
endfunction()

# headrace_install_package() is called last: it writes down what the libraries need of each other.
function(headrace_install_package)
  set(package lib/cmake/Headrace)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/headrace DESTINATION include)
  install(EXPORT HeadraceTargets NAMESPACE headrace:: DESTINATION ${package})
  configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/HeadraceConfig.cmake.in
    ${CMAKE_BINARY_DIR}/package/HeadraceConfig.cmake INSTALL_DESTINATION ${package})
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/HeadraceConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES
    ${CMAKE_BINARY_DIR}/package/HeadraceConfig.cmake
    ${CMAKE_BINARY_DIR}/package/HeadraceConfigVersion.cmake
    ${CMAKE_SOURCE_DIR}/cmake/HeadraceLibraries.cmake
    DESTINATION ${package})
endfunction()
