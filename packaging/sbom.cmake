# SPDX-License-Identifier: Apache-2.0
# write_sbom(target file): what the target links directly, with versions and licences, as SPDX 2.3 JSON.
# Configuring fails for a library that the table below does not have.

# as linked | name | pkg-config's module | licence
set(sbom_libraries
  "CLI11::CLI11|CLI11|CLI11|BSD-3-Clause"
  "PkgConfig::GNUTLS|gnutls|gnutls|LGPL-2.1-or-later"
  "PkgConfig::LIBBPF|libbpf|libbpf|LGPL-2.1-only OR BSD-2-Clause"
  "PkgConfig::LIBCRYPT|libxcrypt|libxcrypt|LGPL-2.1-or-later"
  "PkgConfig::LIBDEFLATE|libdeflate|libdeflate|MIT"
  "PkgConfig::LIBELF|libelf|libelf|LGPL-3.0-or-later OR GPL-2.0-or-later"
  "PkgConfig::LIBSECCOMP|libseccomp|libseccomp|LGPL-2.1-only"
  "PkgConfig::LIBSYSTEMD|libsystemd|libsystemd|LGPL-2.1-or-later"
  "PkgConfig::MICROHTTPD|libmicrohttpd|libmicrohttpd|LGPL-2.1-or-later"
  "PkgConfig::RE2|re2|re2|BSD-3-Clause"
  "prometheus-cpp::core|prometheus-cpp|prometheus-cpp-core|MIT"
  "yaml-cpp|yaml-cpp|yaml-cpp|MIT"
)
# Of our own, or part of the C library, which is listed anyway.
set(sbom_no_libraries hx_bpf Threads::Threads)

# re2's module says 0.0.0 on Debian: then what the package manager says of the file that is linked.
function(sbom_version module result)
  pkg_check_modules(SBOM_${module} QUIET ${module})
  set(version "${SBOM_${module}_VERSION}")
  if(version STREQUAL "" OR version STREQUAL "0.0.0")
    set(version unknown)
    list(GET SBOM_${module}_LINK_LIBRARIES 0 path)
    find_program(DPKG_QUERY dpkg-query)
    find_program(RPM rpm)
    if(DPKG_QUERY)
      execute_process(COMMAND ${DPKG_QUERY} -S ${path} OUTPUT_VARIABLE owner ERROR_QUIET)
      string(REGEX REPLACE ":.*" "" owner "${owner}")
      execute_process(COMMAND ${DPKG_QUERY} -W -f "\${Version}" ${owner} OUTPUT_VARIABLE version ERROR_QUIET)
    elseif(RPM)
      execute_process(COMMAND ${RPM} -qf --qf "%{VERSION}" ${path} OUTPUT_VARIABLE version ERROR_QUIET)
    endif()
  endif()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# Appends a package and what the daemon has to do with it to packages and relationships.
macro(sbom_add name version licence relation)
  string(REGEX REPLACE "[^A-Za-z0-9.-]" "-" id "SPDXRef-${name}")
  list(APPEND packages "{\"SPDXID\": \"${id}\", \"name\": \"${name}\", \"versionInfo\": \"${version}\",
    \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"copyrightText\": \"NOASSERTION\",
    \"licenseConcluded\": \"${licence}\", \"licenseDeclared\": \"${licence}\"}")
  if("${relation}" STREQUAL DESCRIBES)
    set(subject SPDXRef-DOCUMENT)
  else()
    set(subject SPDXRef-host-exporter)
  endif()
  list(APPEND relationships "{\"spdxElementId\": \"${subject}\", \"relationshipType\": \"${relation}\",
    \"relatedSpdxElement\": \"${id}\"}")
endmacro()

function(write_sbom target file)
  set(packages "")
  set(relationships "")
  sbom_add(host-exporter "${PROJECT_VERSION}" "Apache-2.0 AND (BSD-2-Clause OR GPL-2.0-only)" DESCRIBES)

  get_target_property(linked ${target} LINK_LIBRARIES)
  list(SORT linked)
  foreach(library IN LISTS linked)
    if(library IN_LIST sbom_no_libraries)
      continue()
    endif()
    set(row "${sbom_libraries}")
    list(FILTER row INCLUDE REGEX "^${library}\\|")
    if(NOT row)
      message(FATAL_ERROR "packaging/sbom.cmake: ${target} links ${library}, whose licence its table lacks")
    endif()
    string(REPLACE "|" ";" row "${row}")
    list(POP_FRONT row library name module licence)
    sbom_version(${module} version)
    sbom_add(${name} "${version}" "${licence}" DEPENDS_ON)
  endforeach()

  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")  # clang too links what gcc brings, of a version it does not tell
    set(version ${CMAKE_CXX_COMPILER_VERSION})
  else()
    set(version unknown)
  endif()
  sbom_add(libstdc++ "${version}" "GPL-3.0-or-later WITH GCC-exception-3.1" DEPENDS_ON)
  execute_process(COMMAND getconf GNU_LIBC_VERSION OUTPUT_VARIABLE version OUTPUT_STRIP_TRAILING_WHITESPACE)
  string(REGEX REPLACE "^glibc " "" version "${version}")
  sbom_add(glibc "${version}" "LGPL-2.1-or-later" DEPENDS_ON)

  list(JOIN packages ",\n" packages)
  list(JOIN relationships ",\n" relationships)
  string(UUID id NAMESPACE 6ba7b811-9dad-11d1-80b4-00c04fd430c8 TYPE SHA1 NAME "${packages}")
  string(TIMESTAMP created "%Y-%m-%dT%H:%M:%SZ" UTC)  # of SOURCE_DATE_EPOCH where that is set
  set(text "{\"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\",
    \"name\": \"host-exporter-${PROJECT_VERSION}\", \"documentNamespace\": \"urn:uuid:${id}\",
    \"creationInfo\": {\"created\": \"${created}\", \"creators\": [\"Tool: host_exporter's build\"]},
    \"packages\": [${packages}], \"relationships\": [${relationships}]}")
  string(JSON text GET "{\"text\": ${text}}" text)  # checks it, and lays it out
  file(WRITE ${file} "${text}\n")
endfunction()
