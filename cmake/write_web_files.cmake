# Writes the C++ source that carries a folder's files inside itself. A script, run while building:
#   cmake -DFOLDER=... -DSOURCE=... -DDEPFILE=... -P write_web_files.cmake
#
# The assembler takes in the bytes, so that it costs no time to compile. The source names the files'
# hashes (their ETags, as for files in a folder): it changes whenever one of them does.
set(entries "")
set(blobs "")
set(declarations "")
set(inputs "${FOLDER}")
set(number 0)
if(IS_DIRECTORY "${FOLDER}")
  file(GLOB_RECURSE found LIST_DIRECTORIES true "${FOLDER}/*")
  list(SORT found)
else()
  set(found "")
  list(APPEND inputs "${SOURCE}.look_again") # never there: the next build runs this again
  message(WARNING "There is no folder ${FOLDER}: the server is built without web files.\n"
    "They are made by: npm --prefix web ci && npm --prefix web run build")
endif()
foreach(file IN LISTS found)
  list(APPEND inputs "${file}")
  if(IS_DIRECTORY "${file}")
    continue()
  endif()
  file(RELATIVE_PATH path "${FOLDER}" "${file}")
  file(SIZE "${file}" size)
  file(SHA256 "${file}" hash)
  string(SUBSTRING "${hash}" 0 32 hash)
  string(APPEND blobs "web_file_${number}: .incbin \"${file}\"\n")
  string(APPEND declarations "extern const char web_file_${number}[];\n")
  string(APPEND entries "    {\"${path}\", {web_file_${number}, ${size}}, \"\\\"${hash}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(CONFIGURE OUTPUT "${SOURCE}" @ONLY CONTENT [[
// The files of the web client, made while building. Not to be edited.
#include <array>
#include <reliable_signaler/net/web_files.hpp>

asm(R"(.pushsection .rodata
@blobs@.popsection)");

extern "C" {
#pragma GCC visibility push(hidden)
@declarations@#pragma GCC visibility pop
}

namespace reliable_signaler::net {

std::span<const built_in_file> web_files() noexcept {
  static constexpr std::array<built_in_file, @number@> files{{
@entries@  }};
  return files;
}

} // namespace reliable_signaler::net
]])
string(REPLACE ";" " \\\n  " inputs "${inputs}")
file(WRITE "${DEPFILE}" "${SOURCE}: ${inputs}\n")
