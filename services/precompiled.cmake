# posthorn_precompile(directory ...): the targets of these directories read services/precompiled.h
# as it was parsed once. Most of a compilation that does not optimize is the parsing of headers.
#
# Two targets have the result, since the code of programs is position independent in another way
# than that of libraries. Most programs are tests, so theirs has GoogleTest as well.
function(posthorn_precompile)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/precompiled.cc CONTENT "int main() { return 0; }\n")
  add_library(precompiled_library STATIC ${CMAKE_BINARY_DIR}/precompiled.cc)
  add_executable(precompiled_program ${CMAKE_BINARY_DIR}/precompiled.cc)
  target_precompile_headers(precompiled_library PRIVATE services/precompiled.h)
  target_precompile_headers(precompiled_program PRIVATE
    services/precompiled.h <gmock/gmock.h> <gtest/gtest.h>)
  foreach(target precompiled_library precompiled_program)
    target_link_libraries(${target} PRIVATE
      PkgConfig::GRPC PkgConfig::PQXX protobuf::libprotobuf spdlog::spdlog GTest::gmock)
    add_dependencies(${target} posthorn_proto_code)
  endforeach()
  foreach(directory ${ARGN})
    get_property(targets DIRECTORY ${directory} PROPERTY BUILDSYSTEM_TARGETS)
    foreach(target ${targets})
      get_target_property(type ${target} TYPE)
      get_target_property(parser ${target} POSTHORN_PARSER)
      if(parser)
        continue()
      elseif(type STREQUAL "STATIC_LIBRARY")
        target_precompile_headers(${target} REUSE_FROM precompiled_library)
      elseif(type STREQUAL "EXECUTABLE")
        target_precompile_headers(${target} REUSE_FROM precompiled_program)
        # Without optimization a program refers to what its headers do, used or not.
        target_link_libraries(${target} PRIVATE OpenSSL::Crypto)
      endif()
    endforeach()
  endforeach()
endfunction()
