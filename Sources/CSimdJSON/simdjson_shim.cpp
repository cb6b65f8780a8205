#include "CSimdJSON.h"

#include "json_walker.h"

#include <simdjson.h>

#include <memory>
#include <new>
#include <string>

using namespace segdrift;

namespace {

using simdjson::internal::dom_parser_implementation;

/// simdjson's first stage with memory that grows to the block.
class FirstStage {
public:
    /// Finds the structural characters; `indexes()` ends in sentinels that are not smaller than `count`.
    simdjson::error_code run(const uint8_t *bytes, size_t count) {
        if (!parser || parser->capacity() < count) {
            // An error leaves a null parser, so that a later, smaller block can still succeed.
            parser.reset();
            size_t capacity = count < 4096 ? 4096 : count + count / 2;
            simdjson::error_code error =
                simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, 1, parser);
            if (error) {
                parser.reset();
                return error;
            }
        }
        return parser->stage1(bytes, count, simdjson::stage1_mode::regular);
    }
    const uint32_t *indexes() const { return parser->structural_indexes.get(); }

private:
    std::unique_ptr<dom_parser_implementation> parser;
};

/// First byte that is not part of valid UTF-8.
size_t bad_utf8(const uint8_t *bytes, size_t count) {
    size_t low = 0;
    size_t high = count;
    // Validity of prefixes is monotone apart from a cut last character, which only moves the place back.
    while (low + 16 < high) {
        size_t middle = (low + high) / 2;
        size_t cut = middle;
        while (cut > low && (bytes[cut] & 0xC0) == 0x80 && middle - cut < 4) { cut--; }
        if (simdjson::validate_utf8(reinterpret_cast<const char *>(bytes + low), cut - low) && cut > low) {
            low = cut;
        } else {
            high = middle;
        }
    }
    while (low < count) {
        size_t length = bytes[low] < 0x80 ? 1 : bytes[low] < 0xE0 ? 2 : bytes[low] < 0xF0 ? 3 : 4;
        if (length > count - low || !simdjson::validate_utf8(reinterpret_cast<const char *>(bytes + low), length)) {
            break;
        }
        low += length;
    }
    return low;
}

/// Where the first stage's complaint is, and in words.
Failure explain(simdjson::error_code error, const uint8_t *bytes, size_t count) {
    if (error == simdjson::UTF8_ERROR) {
        return Failure{segdrift_json_utf8, uint32_t(bad_utf8(bytes, count)), "not valid UTF-8"};
    }
    if (error == simdjson::EMPTY) { return Failure{segdrift_json_invalid, 0, "there is no JSON value"}; }
    if (error != simdjson::UNCLOSED_STRING && error != simdjson::UNESCAPED_CHARS) {
        return Failure{segdrift_json_memory, 0, "no memory to read the line"};
    }
    bool inside = false;
    size_t opened = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t c = bytes[i];
        if (inside && c == '\\') {
            i++;
        } else if (c == '"') {
            inside = !inside;
            opened = i;
        } else if (inside && c < 0x20) {
            return Failure{segdrift_json_invalid, uint32_t(i), "a control character inside a string"};
        }
    }
    return Failure{segdrift_json_invalid, uint32_t(opened), "the string is not closed"};
}

bool blank(const uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') { return false; }
    }
    return true;
}

}  // namespace

struct segdrift_ndjson {
    MemberTree tree;
    Walker walker;
    FirstStage stage;
    std::vector<segdrift_json_line> lines;
    // A line that is read on its own needs padding behind it that is not the next line.
    std::vector<uint8_t> padded;

    segdrift_ndjson(uint32_t depth_max, uint32_t fields_max, bool discover)
        : walker(tree, depth_max, fields_max, discover) {}

    void add(const Failure &failure, uint32_t start, uint32_t count, uint32_t first_slice) {
        bool good = failure.code == segdrift_json_ok;
        lines.push_back(segdrift_json_line{
            start, count, first_slice, good ? uint32_t(walker.slices.size()) - first_slice : 0, failure.code,
            good ? 0 : (failure.place > start ? failure.place - start : 0), failure.reason});
    }

    void read_block(const uint8_t *block, uint32_t count) {
        const uint32_t *next = stage.indexes();
        for (uint32_t start = 0; start < count;) {
            const void *found = std::memchr(block + start, '\n', count - start);
            uint32_t stop = found == nullptr ? count : uint32_t(static_cast<const uint8_t *>(found) - block);
            if (*next < stop) {
                uint32_t first_slice = 0;
                Failure failure = walker.read(block, stop, next, true, first_slice);
                while (*next < stop) { next++; }
                add(failure, start, stop - start, first_slice);
            }
            start = stop + 1;
        }
    }

    void read_line(const uint8_t *block, uint32_t start, uint32_t stop) {
        uint32_t count = stop - start;
        if (blank(block + start, count)) { return; }
        padded.assign(block + start, block + stop);
        padded.insert(padded.end(), SEGDRIFT_JSON_PADDING, ' ');
        simdjson::error_code error = stage.run(padded.data(), count);
        Failure failure;
        uint32_t first_slice = uint32_t(walker.slices.size());
        if (error) {
            failure = explain(error, padded.data(), count);
        } else {
            const uint32_t *next = stage.indexes();
            failure = walker.read(padded.data(), count, next, true, first_slice);
        }
        failure.place += start;
        add(failure, start, count, first_slice);
    }

    void parse(const uint8_t *block, uint32_t count) {
        lines.clear();
        walker.slices.clear();
        walker.text.clear();
        simdjson::error_code error = stage.run(block, count);
        if (!error) { return read_block(block, count); }
        if (error == simdjson::EMPTY) { return; }
        for (uint32_t start = 0; start < count;) {
            const void *found = std::memchr(block + start, '\n', count - start);
            uint32_t stop = found == nullptr ? count : uint32_t(static_cast<const uint8_t *>(found) - block);
            read_line(block, start, stop);
            start = stop + 1;
        }
    }
};

extern "C" {

const char *segdrift_simdjson_implementation(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}

int segdrift_utf8_valid(const uint8_t *bytes, size_t count) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count) ? 1 : 0;
}

segdrift_ndjson *segdrift_ndjson_create(uint32_t depth_max, uint32_t fields_max, int discover) {
    return new (std::nothrow) segdrift_ndjson(depth_max, fields_max, discover != 0);
}

void segdrift_ndjson_destroy(segdrift_ndjson *reader) {
    delete reader;
}

uint32_t segdrift_ndjson_add_field(segdrift_ndjson *reader, const uint8_t *name, size_t count) {
    return reader->tree.add(std::string_view(reinterpret_cast<const char *>(name), count));
}

uint32_t segdrift_ndjson_field_count(const segdrift_ndjson *reader) {
    return uint32_t(reader->tree.fields.size());
}

const uint8_t *segdrift_ndjson_field_name(const segdrift_ndjson *reader, uint32_t index, size_t *count) {
    const std::string &name = reader->tree.fields[index];
    *count = name.size();
    return reinterpret_cast<const uint8_t *>(name.data());
}

void segdrift_ndjson_parse(segdrift_ndjson *reader, const uint8_t *block, size_t count, segdrift_json_batch *batch) {
    reader->parse(block, uint32_t(count));
    batch->lines = reader->lines.data();
    batch->line_count = reader->lines.size();
    batch->slices = reader->walker.slices.data();
    batch->slice_count = reader->walker.slices.size();
    batch->text = reader->walker.text.data();
    batch->text_count = reader->walker.text.size();
}

uint32_t segdrift_json_validate(
    const uint8_t *text, size_t count, uint32_t depth_max, size_t *place, const char **reason) {
    FirstStage stage;
    simdjson::error_code error = stage.run(text, count);
    Failure failure;
    if (error) {
        failure = explain(error, text, count);
    } else {
        MemberTree tree;
        Walker walker(tree, depth_max, UINT32_MAX, false);
        const uint32_t *next = stage.indexes();
        uint32_t first_slice = 0;
        failure = walker.read(text, uint32_t(count), next, false, first_slice);
    }
    *place = failure.place;
    *reason = failure.reason;
    return failure.code;
}
}
