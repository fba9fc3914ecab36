# Writes OUTPUT, a C++ file that holds the .sql files of SOURCE_DIR in order of their numbers.
file(GLOB files ${SOURCE_DIR}/[0-9][0-9][0-9][0-9]_*.sql)
list(SORT files)
set(rows "")
foreach(file ${files})
  get_filename_component(name ${file} NAME_WE)
  string(REGEX MATCH "^[0-9]+" number ${name})
  math(EXPR number "1${number} - 10000")
  file(READ ${file} sql)
  string(APPEND rows "    {${number}, \"${name}\", R\"posthorn(${sql})posthorn\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Generated from the .sql files of services/mailstore/schema.
#include \"mailstore/schema/migrations.h\"

namespace posthorn::store {
namespace {
constexpr Migration kMigrations[] = {
${rows}};
}  // namespace
absl::Span<const Migration> Migrations() { return kMigrations; }
}  // namespace posthorn::store
")
