# What `cmake --install` copies: libraries, headers, the server, its web files, and how to find them.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(_libraries reliable_signaler_wire reliable_signaler_actors reliable_signaler_net
    reliable_signaler_web)
set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/reliable_signaler")
set(_data_dir "${CMAKE_INSTALL_DATADIR}/reliable-signaler")

install(TARGETS ${_libraries} EXPORT reliable_signaler
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS reliable-signaler RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
install(DIRECTORY "${RELIABLE_SIGNALER_WEB_DIST}/" DESTINATION "${_data_dir}/web" OPTIONAL)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/README.md"
  DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# For find_package(reliable_signaler CONFIG). CAF 0.17 brings no CMake files, so ours come along.
install(EXPORT reliable_signaler NAMESPACE reliable_signaler::
  FILE reliable_signaler-targets.cmake DESTINATION "${_package_dir}")
configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/reliable_signaler-config.cmake.in"
  "${PROJECT_BINARY_DIR}/package/reliable_signaler-config.cmake"
  INSTALL_DESTINATION "${_package_dir}" PATH_VARS _data_dir)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/package/reliable_signaler-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/package/reliable_signaler-config.cmake"
  "${PROJECT_BINARY_DIR}/package/reliable_signaler-config-version.cmake"
  DESTINATION "${_package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/actors/cmake/FindCAF.cmake"
  DESTINATION "${_package_dir}/modules")

# For pkg-config. The way from the file to the prefix is relative, so that the tree can be moved.
file(RELATIVE_PATH _pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
get_filename_component(_caf_folder "${CAF_core_LIBRARY}" DIRECTORY)
set(_caf_libs "-lcaf_core")
if(NOT _caf_folder IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  set(_caf_libs "-L${_caf_folder} -lcaf_core")
endif()
configure_file("${CMAKE_CURRENT_LIST_DIR}/reliable_signaler.pc.in"
  "${PROJECT_BINARY_DIR}/package/reliable_signaler.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/package/reliable_signaler.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
