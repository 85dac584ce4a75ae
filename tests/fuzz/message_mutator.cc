#include "message_mutator.h"

#include <array>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/unknown_field_set.h>

namespace headrace::fuzz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr std::array<int64_t, 8> kIntegers = {0,       1,         -1,        7,
                                              1 << 20, INT32_MAX, INT64_MIN, INT64_MAX};

// Entries of maps in one order: theirs is another in each process.
void SortMaps(Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      SortMaps(reflection->MutableMessage(message, field));
      continue;
    }
    const int size = reflection->FieldSize(*message, field);
    for (int i = 0; i < size; ++i) {
      SortMaps(reflection->MutableRepeatedMessage(message, field, i));
    }
    if (!field->is_map()) continue;
    const auto text = [&](int i) {
      return reflection->GetRepeatedMessage(*message, field, i).ShortDebugString();
    };
    for (int end = size; end > 1; --end) {
      int last = 0;
      for (int i = 1; i < end; ++i) {
        if (text(i) > text(last)) last = i;
      }
      reflection->SwapElements(message, field, last, end - 1);
    }
  }
}

template <typename Pointer, typename Children>
void Collect(Pointer message, const Children& children, std::vector<Pointer>* all) {
  all->push_back(message);
  std::vector<const FieldDescriptor*> fields;
  message->GetReflection()->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) children(message, field);
  }
}

void CollectAll(Message* message, std::vector<Message*>* all) {
  Collect(
      message,
      [&](Message* owner, const FieldDescriptor* field) {
        const auto* reflection = owner->GetReflection();
        if (!field->is_repeated()) return CollectAll(reflection->MutableMessage(owner, field), all);
        for (int i = 0; i < reflection->FieldSize(*owner, field); ++i) {
          CollectAll(reflection->MutableRepeatedMessage(owner, field, i), all);
        }
      },
      all);
}

// A message of the type within `donor`, an empty one if there is none.
void TakeFrom(Mutator* mutator, const Message& donor, Message* target) {
  const std::unique_ptr<Message> copy(donor.New());
  copy->CopyFrom(donor);
  SortMaps(copy.get());
  std::vector<Message*> all, fitting;
  CollectAll(copy.get(), &all);
  for (Message* each : all) {
    if (each->GetDescriptor() == target->GetDescriptor()) fitting.push_back(each);
  }
  if (!fitting.empty()) target->CopyFrom(*fitting[mutator->Below(fitting.size())]);
}

std::string Text(Mutator* mutator, const std::string& now, const std::vector<std::string>& words) {
  if (mutator->Below(2) == 0) return words[mutator->Below(words.size())];
  return mutator->Mutate(now, words, words);
}

void SetScalar(Mutator* mutator, Message* message, const FieldDescriptor* field,
               const std::vector<std::string>& words) {
  const auto* reflection = message->GetReflection();
  const int64_t number = kIntegers[mutator->Below(kIntegers.size())];
  const bool add = field->is_repeated();
  switch (field->cpp_type()) {
#define HEADRACE_SET(type, method, value)                       \
  case FieldDescriptor::CPPTYPE_##type:                         \
    return add ? reflection->Add##method(message, field, value) \
               : reflection->Set##method(message, field, value);
    HEADRACE_SET(INT32, Int32, static_cast<int32_t>(number))
    HEADRACE_SET(INT64, Int64, number)
    HEADRACE_SET(UINT32, UInt32, static_cast<uint32_t>(number))
    HEADRACE_SET(UINT64, UInt64, static_cast<uint64_t>(number))
    HEADRACE_SET(DOUBLE, Double, static_cast<double>(number) * 1e300)
    HEADRACE_SET(FLOAT, Float, static_cast<float>(number))
    HEADRACE_SET(BOOL, Bool, number != 0)
    HEADRACE_SET(ENUM, EnumValue, static_cast<int>(mutator->Below(12)))
    HEADRACE_SET(STRING, String,
                 Text(mutator, add ? "" : reflection->GetString(*message, field), words))
#undef HEADRACE_SET
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return;
  }
}

}  // namespace

void MutateMessage(Mutator* mutator, Message* message, const Message& donor,
                   const std::vector<std::string>& words) {
  SortMaps(message);
  std::vector<Message*> all;
  CollectAll(message, &all);
  Message* chosen = all[mutator->Below(all.size())];
  const auto* reflection = chosen->GetReflection();
  const Descriptor* type = chosen->GetDescriptor();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*chosen, &fields);
  const size_t action = mutator->Below(8);
  if (action == 0) {
    reflection->MutableUnknownFields(chosen)->AddVarint(1000 + static_cast<int>(mutator->Below(9)),
                                                        1);
    return;
  }
  if (action == 1) return TakeFrom(mutator, donor, chosen);
  const bool set = fields.empty() || action < 5;
  if (set && type->field_count() == 0) return;
  const FieldDescriptor* field = fields.empty() ? nullptr : fields[mutator->Below(fields.size())];
  // A field that is set is changed, or any one set.
  if (field == nullptr || action == 2) {
    field = type->field(static_cast<int>(mutator->Below(static_cast<size_t>(type->field_count()))));
  }
  if (action == 5) return reflection->ClearField(chosen, field);
  if (field->is_repeated() && reflection->FieldSize(*chosen, field) > 1 && action == 6) {
    const auto size = static_cast<size_t>(reflection->FieldSize(*chosen, field));
    reflection->SwapElements(chosen, field, static_cast<int>(mutator->Below(size)),
                             static_cast<int>(mutator->Below(size)));
    return reflection->RemoveLast(chosen, field);
  }
  if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return SetScalar(mutator, chosen, field, words);
  }
  TakeFrom(mutator, donor,
           field->is_repeated() ? reflection->AddMessage(chosen, field)
                                : reflection->MutableMessage(chosen, field));
}

}  // namespace headrace::fuzz
