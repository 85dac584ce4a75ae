#include <cstring>

#include <arrow/builder.h>

#include "connectors/file/charset.h"
#include "connectors/file/file_format.h"
#include "connectors/file/line_blocks.h"

namespace headrace {

namespace {

constexpr int64_t kLinesPerBatch = 16384;

struct TextOptions {
  bool whole_text = false;
  std::string line_separator;  // empty: \n, \r\n and \r
};

// Appends lines to a string column, or only counts them when the column is not wanted.
class LineSink {
 public:
  explicit LineSink(SchemaPtr columns) : columns_(std::move(columns)) {}
  Status Add(std::string_view line) {
    ++rows_;
    return columns_->num_fields() > 0 ? builder_.Append(line) : Status::OK();
  }
  int64_t rows() const { return rows_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Finish() {
    arrow::ArrayVector arrays;
    if (columns_->num_fields() > 0) {
      arrays.emplace_back();
      ARROW_RETURN_NOT_OK(builder_.Finish(&arrays[0]));
    }
    return arrow::RecordBatch::Make(columns_, std::exchange(rows_, 0), std::move(arrays));
  }

 private:
  const SchemaPtr columns_;
  arrow::StringBuilder builder_;
  int64_t rows_ = 0;
};

// Lines that end with \n, \r\n or \r.
class TextLineReader final : public SliceReader {
 public:
  explicit TextLineReader(const ReadTask& task) : sink_(task.columns) {}

  Status Open(const FileSlice& slice) override {
    rest_ = {};
    return blocks_.Open(slice);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (sink_.rows() < kLinesPerBatch) {
      if (rest_.empty()) {
        ARROW_ASSIGN_OR_RAISE(rest_, blocks_.Next());
        if (rest_.empty()) break;
        has_carriage_return_ = std::memchr(rest_.data(), '\r', rest_.size()) != nullptr;
      }
      ARROW_RETURN_NOT_OK(TakeLines());
    }
    if (sink_.rows() == 0) return nullptr;
    return sink_.Finish();
  }

 private:
  Status TakeLines() {
    while (!rest_.empty() && sink_.rows() < kLinesPerBatch) {
      const size_t end = has_carriage_return_ ? rest_.find_first_of("\r\n") : rest_.find('\n');
      ARROW_RETURN_NOT_OK(sink_.Add(rest_.substr(0, end)));
      if (end == std::string_view::npos) {
        rest_ = {};
        break;
      }
      const bool pair = rest_[end] == '\r' && end + 1 < rest_.size() && rest_[end + 1] == '\n';
      rest_.remove_prefix(end + (pair ? 2 : 1));
    }
    return Status::OK();
  }

  LineBlocks blocks_;
  LineSink sink_;
  std::string_view rest_;  // of the current block
  bool has_carriage_return_ = false;
};

// A separator of the user's, or whole files: reads the content at once.
class TextContentReader final : public SliceReader {
 public:
  TextContentReader(const ReadTask& task, const TextOptions& options)
      : sink_(task.columns), options_(options) {}

  Status Open(const FileSlice& slice) override {
    ARROW_ASSIGN_OR_RAISE(content_, ReadContent(slice.files, slice.file->path));
    position_ = 0;
    done_ = content_.empty() && !options_.whole_text;
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (options_.whole_text && !done_) {
      ARROW_RETURN_NOT_OK(sink_.Add(content_));
      done_ = true;
    }
    while (!done_ && sink_.rows() < kLinesPerBatch) {
      const size_t end = content_.find(options_.line_separator, position_);
      ARROW_RETURN_NOT_OK(sink_.Add(std::string_view(content_).substr(position_, end - position_)));
      position_ = end == std::string::npos ? content_.size() : end + options_.line_separator.size();
      done_ = position_ == content_.size();
    }
    if (sink_.rows() == 0) return nullptr;
    return sink_.Finish();
  }

 private:
  LineSink sink_;
  const TextOptions options_;
  std::string content_;
  size_t position_ = 0;
  bool done_ = true;
};

class TextFormat final : public FileFormat {
 public:
  explicit TextFormat(TextOptions options) : options_(std::move(options)) {}

  std::string display_name() const override { return "Text"; }
  bool IsSplittable(const DataFile& file) const override {
    if (options_.whole_text || !options_.line_separator.empty()) return false;
    return !IsCompressedName(file.path);
  }
  Status CheckSchema(const arrow::Schema& schema) const override {
    if (schema.num_fields() != 1) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1290",
                           "The text format has one column, of strings; the schema has " +
                               std::to_string(schema.num_fields()) + ".",
                           {{"schemaSize", std::to_string(schema.num_fields())}});
    }
    if (!IsString(*schema.field(0)->type())) {
      return UnsupportedFieldType(display_name(), *schema.field(0));
    }
    return Status::OK();
  }
  SchemaPtr fixed_schema() const override {
    return arrow::schema({arrow::field("value", arrow::utf8())});
  }
  Result<SchemaPtr> InferSchema(const std::vector<DataFile>&, FileSystem*) const override {
    return fixed_schema();
  }
  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    if (options_.whole_text || !options_.line_separator.empty()) {
      return std::make_unique<TextContentReader>(task, options_);
    }
    return std::make_unique<TextLineReader>(task);
  }

 private:
  const TextOptions options_;
};

}  // namespace

Result<std::shared_ptr<const FileFormat>> MakeTextFormat(const Options& options) {
  ARROW_RETURN_NOT_OK(CheckOptionNames(
      "text", options, {{"wholetext", "linesep", "compression", "encoding", "charset"}, {}}));
  TextOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.whole_text, options.GetBool("wholetext", false));
  if (const auto separator = options.Get("lineSep")) {
    if (separator->empty()) {
      return IllegalArgument("",
                             "The option 'lineSep' is empty, but must hold at least one character.",
                             {{"option", "lineSep"}});
    }
    // Lines are bytes; the charset is that of the separator alone.
    ARROW_ASSIGN_OR_RAISE(parsed.line_separator,
                          EncodeText(*separator, options.GetOr("encoding", "UTF-8")));
  }
  return std::make_shared<TextFormat>(std::move(parsed));
}

}  // namespace headrace
