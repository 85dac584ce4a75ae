#include "functions/json/json_decoder.h"

#include <cstring>

#include <fmt/format.h>

#include "functions/json/json_normalizer.h"
#include "functions/json/json_value_reader.h"
#include "functions/json/structural_index.h"

namespace headrace {
namespace {

// Documents are indexed this many bytes at a time: enough to make a call cheap, little enough to
// stay in the cache and to make a bad document spoil only its group.
constexpr size_t kGroupBytes = 64 << 10;
constexpr size_t kMostReasons = 16;

struct Span {
  size_t begin, end;
};
constexpr Span kNullSpan{1, 0};

bool IsBlank(std::string_view text) {
  for (const char c : text) {
    if (!IsJsonSpace(c)) return false;
  }
  return true;
}

class Decoder final : public JsonDecoder {
 public:
  Decoder(const JsonReadOptions& options, std::unique_ptr<JsonColumn> root)
      : options_(options), reader_(options_), root_(std::move(root)) {
    if (root_->kind() != JsonKind::kStruct) return;
    const int index = root_->FindChild(options_.corrupt_record_column);
    if (index >= 0 && root_->child(static_cast<size_t>(index)).kind() == JsonKind::kString) {
      corrupt_ = &root_->child(static_cast<size_t>(index));
      root_->HideChild(options_.corrupt_record_column);
    }
  }

  Status AppendLines(std::string_view text) override {
    spans_.clear();
    size_t begin = 0;
    while (begin < text.size()) {
      const auto* found =
          static_cast<const char*>(std::memchr(text.data() + begin, '\n', text.size() - begin));
      const size_t end = found == nullptr ? text.size() : static_cast<size_t>(found - text.data());
      AddLines(text, begin, end);
      begin = end + 1;
    }
    return DecodeGroups(text.data(), /*newlines=*/true);
  }

  Status AppendDocument(std::string_view text) override {
    ++line_;
    return DecodeAlone(text, /*padded=*/false);
  }

  Result<std::shared_ptr<arrow::Array>> Finish() override {
    line_ = 0;
    malformed_count_ = 0;
    malformed_.clear();
    return root_->Finish();
  }

  int64_t rows() const override { return root_->length(); }
  int64_t malformed_count() const override { return malformed_count_; }
  const std::vector<MalformedJson>& malformed() const override { return malformed_; }

  Result<std::shared_ptr<arrow::Array>> DecodeStrings(
      const arrow::StringArray& documents) override {
    const char* const data =
        documents.value_data() ? reinterpret_cast<const char*>(documents.value_data()->data()) : "";
    const size_t readable =
        documents.value_data() ? static_cast<size_t>(documents.value_data()->capacity()) : 0;
    spans_.clear();
    for (int64_t i = 0; i < documents.length(); ++i) {
      const auto begin = static_cast<size_t>(documents.value_offset(i));
      const size_t end = begin + static_cast<size_t>(documents.value_length(i));
      const bool null = documents.IsNull(i) || IsBlank({data + begin, end - begin});
      spans_.push_back(null ? kNullSpan : Span{begin, end});
    }
    const Status status = DecodeSpans(data, readable);
    if (!status.ok()) {
      root_->Truncate(0);
      return status;
    }
    return Finish();
  }

 private:
  // Most texts hold no \r but before \n.
  void AddLines(std::string_view text, size_t begin, size_t end) {
    if (end > begin && text[end - 1] == '\r') --end;
    while (const void* found = std::memchr(text.data() + begin, '\r', end - begin)) {
      const auto cut = static_cast<size_t>(static_cast<const char*>(found) - text.data());
      spans_.push_back({begin, cut});
      begin = cut + 1;
    }
    spans_.push_back({begin, end});
  }

  // from_json: spans in the order of rows; begin > end marks a null. Neighbours are indexed
  // together when they can't be mistaken for one document.
  Status DecodeSpans(const char* data, size_t readable) {
    size_t at = 0;
    while (at < spans_.size()) {
      if (spans_[at].begin > spans_[at].end) {
        root_->AppendNull();
        ++line_;
        ++at;
        continue;
      }
      size_t last = at;  // one past the end of the group
      while (last < spans_.size() && IsSeparable(data, spans_[last]) &&
             spans_[last].end - spans_[at].begin <= kGroupBytes &&
             (last == at || spans_[last].begin == spans_[last - 1].end)) {
        ++last;
      }
      const bool grouped =
          last > at + 1 && spans_[last - 1].end + kJsonPadding <= readable &&
          index_.Build(data + spans_[at].begin, spans_[last - 1].end - spans_[at].begin);
      if (grouped) {
        ARROW_ASSIGN_OR_RAISE(at, DecodeGroup(data, at, last, /*newlines=*/false));
        continue;
      }
      // A group that is lexically broken somewhere is decoded one by one.
      const size_t stop = std::max(last, at + 1);
      for (; at < stop; ++at) {
        const Span& span = spans_[at];
        ++line_;
        ARROW_RETURN_NOT_OK(DecodeAlone({data + span.begin, span.end - span.begin},
                                        span.end + kJsonPadding <= readable));
      }
    }
    return Status::OK();
  }

  static bool IsSeparable(const char* data, const Span& span) {
    if (span.begin >= span.end) return false;
    const char first = data[span.begin], last = data[span.end - 1];
    return (first == '{' || first == '[') && (last == '}' || last == ']');
  }

  // AppendLines: spans are lines, between which there is a control character.
  Status DecodeGroups(const char* data, bool newlines) {
    size_t at = 0;
    while (at < spans_.size()) {
      size_t last = at + 1;
      while (last < spans_.size() && spans_[last].end - spans_[at].begin <= kGroupBytes) ++last;
      if (index_.Build(data + spans_[at].begin, spans_[last - 1].end - spans_[at].begin)) {
        ARROW_ASSIGN_OR_RAISE(at, DecodeGroup(data, at, last, newlines));
        continue;
      }
      for (; at < last; ++at) {
        const Span& span = spans_[at];
        ++line_;
        const std::string_view line(data + span.begin, span.end - span.begin);
        if (!IsBlank(line)) ARROW_RETURN_NOT_OK(DecodeAlone(line, /*padded=*/true));
      }
    }
    return Status::OK();
  }

  // Decodes spans [at, last) with the index just built; returns the span to go on with. A quote
  // too many in one document inverts what is a string in the next ones, unless newlines keep
  // strings from running on; then the rest has to be indexed again.
  Result<size_t> DecodeGroup(const char* data, size_t at, size_t last, bool newlines) {
    const size_t base = spans_[at].begin;
    JsonCursor cursor;
    cursor.text = data + base;
    cursor.token = index_.begin();
    for (; at < last; ++at) {
      const Span& span = spans_[at];
      const auto begin = static_cast<uint32_t>(span.begin - base);
      cursor.limit = static_cast<uint32_t>(span.end - base);
      while (*cursor.token < begin) ++cursor.token;
      ++line_;
      if (cursor.Peek() == '\0' && newlines &&
          IsBlank({data + span.begin, span.end - span.begin})) {
        continue;
      }
      const std::string_view record(data + span.begin, span.end - span.begin);
      const uint32_t* const start = cursor.token;
      const JsonOutcome outcome = DecodeRecord(&cursor, record);
      if (outcome == JsonOutcome::kSyntax) {
        ARROW_RETURN_NOT_OK(DecodeLeniently(record));
        if (!newlines) return at + 1;
        cursor.token = start;
        continue;
      }
      ARROW_RETURN_NOT_OK(status_);
      if (!newlines && cursor.Peek() != '\0') return at + 1;
    }
    return last;
  }

  // One document by itself.
  Status DecodeAlone(std::string_view text, bool padded) {
    if (!padded) {
      padded_.assign(text);
      padded_.append(static_cast<size_t>(kJsonPadding), ' ');
      text = std::string_view(padded_).substr(0, text.size());
    }
    if (!index_.Build(text.data(), text.size())) return DecodeLeniently(text);
    JsonCursor cursor;
    cursor.text = text.data();
    cursor.token = index_.begin();
    cursor.limit = static_cast<uint32_t>(text.size());
    if (DecodeRecord(&cursor, text) == JsonOutcome::kSyntax) return DecodeLeniently(text);
    return status_;
  }

  // What strict JSON does not allow but options may; or trailing text that hides a good record.
  Status DecodeLeniently(std::string_view record) {
    std::string normal, reason;
    if (!NormalizeJson(record, options_, &normal, &reason)) {
      return Malformed(record, std::move(reason), root_->length());
    }
    const size_t length = normal.size();
    normal.append(static_cast<size_t>(kJsonPadding), ' ');
    if (!lenient_index_.Build(normal.data(), length)) {
      return Malformed(record, lenient_index_.reason(), root_->length());
    }
    JsonCursor cursor;
    cursor.text = normal.data();
    cursor.token = lenient_index_.begin();
    cursor.limit = static_cast<uint32_t>(length);
    if (DecodeRecord(&cursor, record) == JsonOutcome::kSyntax) {
      return Malformed(record, reader_.TakeReason(), root_->length());
    }
    return status_;
  }

  // kSyntax leaves no row; everything else has been dealt with, `status_` tells how.
  JsonOutcome DecodeRecord(JsonCursor* cursor, std::string_view record) {
    const int64_t before = root_->length();
    status_ = Status::OK();
    reader_.Reset();
    const bool object = cursor->Peek() == '{';
    JsonOutcome outcome;
    if (cursor->Peek() == '[' && options_.array_as_rows && root_->kind() == JsonKind::kStruct) {
      outcome = reader_.ReadRows(cursor, root_.get());
    } else if (object && root_->kind() == JsonKind::kList &&
               root_->child(0).kind() == JsonKind::kStruct) {
      // An object where an array of objects is expected stands for an array of one.
      outcome = reader_.Read(cursor, &root_->child(0));
      if (outcome == JsonOutcome::kRead || outcome == JsonOutcome::kPartial) root_->EndList();
    } else {
      const bool null = cursor->Peek() == 'n';
      outcome = reader_.Read(cursor, root_.get());
      if (null && outcome == JsonOutcome::kRead) outcome = JsonOutcome::kUnfit;
    }
    if (outcome == JsonOutcome::kSyntax) {
      root_->Truncate(before);
    } else if (outcome == JsonOutcome::kRead) {
      FillCorrupt(before, std::nullopt);
    } else {
      if (outcome == JsonOutcome::kUnfit) root_->Truncate(before);
      status_ = Malformed(record, reader_.TakeReason(), before);
    }
    return outcome;
  }

  // Rows from `first` on hold what could be read of a malformed record (maybe none).
  Status Malformed(std::string_view record, std::string reason, int64_t first) {
    ++malformed_count_;
    if (malformed_.size() < kMostReasons) malformed_.push_back({line_ - 1, reason});
    switch (options_.mode) {
      case JsonMode::kDropMalformed:
        root_->Truncate(first);
        return Status::OK();
      case JsonMode::kFailFast:
        return MakeError(
            ErrorKind::kSpark, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
            fmt::format("a JSON record is malformed: {}; the record is: {}. The mode FAILFAST "
                        "stops at it; set the option `mode` to PERMISSIVE to get nulls instead",
                        reason, record.substr(0, 200)),
            {{"badRecord", std::string(record.substr(0, 200))}, {"failFastMode", "FAILFAST"}});
      case JsonMode::kPermissive:
        break;
    }
    if (root_->length() == first) {
      if (root_->kind() == JsonKind::kStruct) {
        for (auto& child : root_->children()) child->AppendNull();
        root_->EndStruct();
      } else {
        root_->AppendNull();
      }
    }
    FillCorrupt(first, record);
    return Status::OK();
  }

  // A key with the name of the corrupt-record column is no data.
  void FillCorrupt(int64_t first, std::optional<std::string_view> record) {
    if (corrupt_ == nullptr || root_->length() == first) return;
    corrupt_->Truncate(first);
    while (corrupt_->length() < root_->length()) {
      if (record) {
        corrupt_->bytes()->append(*record);
        corrupt_->EndBytes();
      } else {
        corrupt_->AppendNull();
      }
    }
  }

  const JsonReadOptions options_;
  JsonValueReader reader_;
  std::unique_ptr<JsonColumn> root_;
  JsonColumn* corrupt_ = nullptr;
  StructuralIndex index_, lenient_index_;
  std::vector<Span> spans_;
  std::string padded_;
  Status status_;
  int64_t line_ = 0;
  int64_t malformed_count_ = 0;
  std::vector<MalformedJson> malformed_;
};

}  // namespace

Result<std::unique_ptr<JsonDecoder>> JsonDecoder::Make(DataTypePtr target,
                                                       const JsonReadOptions& options,
                                                       arrow::MemoryPool* pool) {
  ARROW_ASSIGN_OR_RAISE(auto root, JsonColumn::Make(target, pool));
  const JsonKind kind = root->kind();
  if (kind != JsonKind::kStruct && kind != JsonKind::kList && kind != JsonKind::kMap) {
    return AnalysisError(
        "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
        fmt::format("JSON is read into a struct, an array or a map, not into \"{}\"",
                    SqlName(*target)),
        {{"schema", "\"" + SqlName(*target) + "\""}});
  }
  return std::make_unique<Decoder>(options, std::move(root));
}

}  // namespace headrace
