#include "updates/json_writer.hpp"

#include <rapidjson/writer.h>

#include "base/time_text.hpp"

namespace updates {
namespace {

/// The string that is written to, as RapidJSON wants its output.
struct Sink {
    using Ch = char;
    std::string& out;

    // NOLINTNEXTLINE(readability-identifier-naming)
    void Put(char c) const { out.push_back(c); }
    // NOLINTNEXTLINE(readability-identifier-naming)
    void Flush() const {}
};

rapidjson::SizeType size_of(std::string_view text) {
    return static_cast<rapidjson::SizeType>(text.size());
}

}  // namespace

class JsonWriter::Impl {
  public:
    explicit Impl(std::string& out) : sink{out}, writer{sink} {}

    void key(std::string_view name) { writer.Key(name.data(), size_of(name)); }
    void string(std::string_view value) { writer.String(value.data(), size_of(value)); }

    Sink sink;
    rapidjson::Writer<Sink> writer;
};

JsonWriter::JsonWriter(std::string& out) : impl_{std::make_unique<Impl>(out)} {}

JsonWriter::~JsonWriter() = default;

void JsonWriter::begin_object() {
    impl_->writer.StartObject();
}

void JsonWriter::begin_object(std::string_view name) {
    impl_->key(name);
    impl_->writer.StartObject();
}

void JsonWriter::end_object() {
    impl_->writer.EndObject();
}

void JsonWriter::begin_array(std::string_view name) {
    impl_->key(name);
    impl_->writer.StartArray();
}

void JsonWriter::end_array() {
    impl_->writer.EndArray();
}

void JsonWriter::element(std::string_view text) {
    impl_->string(text);
}

void JsonWriter::element(std::optional<std::int64_t> number) {
    if (number) {
        impl_->writer.Int64(*number);
    } else {
        impl_->writer.Null();
    }
}

void JsonWriter::text(std::string_view name, std::optional<std::string_view> value) {
    impl_->key(name);
    if (value) {
        impl_->string(*value);
    } else {
        impl_->writer.Null();
    }
}

void JsonWriter::flag(std::string_view name, std::optional<bool> value) {
    impl_->key(name);
    value ? impl_->writer.Bool(*value) : impl_->writer.Null();
}

void JsonWriter::count(std::string_view name, std::optional<std::uint64_t> value) {
    impl_->key(name);
    value ? impl_->writer.Uint64(*value) : impl_->writer.Null();
}

void JsonWriter::number(std::string_view name, std::optional<std::int64_t> value) {
    impl_->key(name);
    value ? impl_->writer.Int64(*value) : impl_->writer.Null();
}

void JsonWriter::decimal(std::string_view name, std::optional<std::uint64_t> value) {
    impl_->key(name);
    if (value) {
        impl_->string(std::to_string(*value));
    } else {
        impl_->writer.Null();
    }
}

void JsonWriter::seconds(std::string_view name, std::optional<base::Duration> value) {
    impl_->key(name);
    if (value) {
        const std::string text = base::to_decimal_seconds(*value);
        impl_->writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
    } else {
        impl_->writer.Null();
    }
}

void JsonWriter::root(std::string_view name, const std::optional<chain::Root>& value) {
    impl_->key(name);
    if (value) {
        impl_->string(to_string(*value));
    } else {
        impl_->writer.Null();
    }
}

void JsonWriter::json(std::string_view name, std::string_view object) {
    impl_->key(name);
    impl_->writer.RawValue(object.data(), object.size(), rapidjson::kObjectType);
}

void JsonWriter::null(std::string_view name) {
    impl_->key(name);
    impl_->writer.Null();
}

}  // namespace updates
