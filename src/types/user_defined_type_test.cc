#include "types/user_defined_type.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

// What PySpark's StructType.json() gives, in the order of Spark's own.
constexpr char kSchema[] =
    R"({"type":"struct","fields":[)"
    R"({"name":"p","type":{"type":"udt","pyClass":"m.PointUDT","serializedClass":"gASV",)"
    R"("sqlType":{"type":"array","elementType":"double","containsNull":false}},)"
    R"("nullable":true,"metadata":{}},)"
    R"({"name":"l","type":{"type":"array","elementType":{"type":"udt","class":"o.V","pyClass":"m.V",)"
    R"("sqlType":{"type":"struct","fields":[)"
    R"({"name":"k","type":"byte","nullable":false,"metadata":{}}]}},"containsNull":true},)"
    R"("nullable":true,"metadata":{}},)"
    R"({"name":"m","type":{"type":"udt","class":"o.M","sqlType":{"type":"map","keyType":"string",)"
    R"("valueType":"integer","valueContainsNull":true}},"nullable":true,"metadata":{}}]})";

TEST(UserDefinedTypeTest, GoesThroughJson) {
  const auto schema = ParseSchema(kSchema).ValueOrDie();
  EXPECT_EQ(SchemaToJson(*schema), kSchema);
  EXPECT_TRUE(IsDefined(*schema->field(0)->type()));
  EXPECT_FALSE(IsDefined(*schema->field(1)->type()));
  EXPECT_TRUE(IsDefined(*schema->field(1)->type()->field(0)->type()));
  EXPECT_EQ(DefinitionOf(*schema->field(2)->type()).jvm_class, "o.M");
}

TEST(UserDefinedTypeTest, IsToTheEngineWhatItIsStoredAs) {
  const auto schema = ParseSchema(kSchema).ValueOrDie();
  EXPECT_TRUE(schema->field(0)->type()->Equals(ArrayOf(arrow::float64(), false)));
  EXPECT_FALSE(IsDefined(*ArrayOf(arrow::float64(), false)));
  EXPECT_FALSE(IsDefined(*arrow::int32()));
}

TEST(UserDefinedTypeTest, KeepsItsPartsWhenAllIsNullable) {
  const auto schema = AsNullable(ParseSchema(kSchema).ValueOrDie());
  EXPECT_EQ(SchemaToJson(*schema), kSchema);
}

TEST(UserDefinedTypeTest, IsRefusedByNameIfItHasNoParts) {
  const auto text = DefineType(arrow::utf8(), {"", "m.NameUDT", ""});
  EXPECT_EQ(ErrorDetail::Get(text.status())->condition(), "UNSUPPORTED_DATATYPE");
  EXPECT_NE(text.status().message().find("m.NameUDT"), std::string::npos);
  EXPECT_FALSE(DefineType(arrow::struct_({}), {"o.Unit", "", ""}).ok());
}

}  // namespace
}  // namespace headrace
