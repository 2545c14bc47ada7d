# Headers that users may include, as <reliable_signaler/FOLDER/NAME.hpp>, in this tree and installed.
#
# Headers include each other by relative path, so that both trees have the same shape. In this one
# links give it: the include path of users holds nothing else of ours.
set(reliable_signaler_include_dir "${PROJECT_BINARY_DIR}/include")
file(MAKE_DIRECTORY "${reliable_signaler_include_dir}/reliable_signaler")
foreach(_folder IN ITEMS actors net)
  file(CREATE_LINK "${PROJECT_SOURCE_DIR}/${_folder}"
       "${reliable_signaler_include_dir}/reliable_signaler/${_folder}" SYMBOLIC)
endforeach()

# public_headers(TARGET HEADER...): paths are relative to the folder of the caller.
function(public_headers target)
  file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}")
  list(TRANSFORM ARGN PREPEND "${reliable_signaler_include_dir}/reliable_signaler/${folder}/")
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${reliable_signaler_include_dir}" FILES ${ARGN})
endfunction()
