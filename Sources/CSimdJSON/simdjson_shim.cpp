#include "CSimdJSON.h"

#include "json_splitter.h"
#include "json_walker.h"
#include "separators.h"

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

struct segdrift_json {
    MemberTree tree;
    Walker walker;
    FirstStage stage;
    std::vector<segdrift_json_record> records;
    std::vector<segdrift_json_range> lines;
    // A record that is read on its own needs padding behind it that is not the next record.
    std::vector<uint8_t> padded;

    uint32_t record_bytes_max;

    segdrift_json(uint32_t record_bytes_max, uint32_t depth_max, uint32_t fields_max, bool discover)
        : walker(tree, depth_max, fields_max, discover), record_bytes_max(record_bytes_max) {}

    /// Says so when a record is too long to be read at all.
    bool is_too_long(segdrift_json_range range) {
        if (range.count <= record_bytes_max) { return false; }
        add(Failure{segdrift_json_too_long, range.start, "longer than a record may be"}, range, 0);
        return true;
    }

    void add(const Failure &failure, segdrift_json_range range, uint32_t first_slice) {
        bool good = failure.code == segdrift_json_ok;
        uint32_t start = range.start;
        records.push_back(segdrift_json_record{
            start, range.count, first_slice, good ? uint32_t(walker.slices.size()) - first_slice : 0, failure.code,
            good ? 0 : (failure.place > start ? failure.place - start : 0), failure.reason});
    }

    void read_block(const segdrift_json_range *ranges, size_t count) {
        const uint32_t *next = stage.indexes();
        for (size_t i = 0; i < count; i++) {
            while (*next < ranges[i].start) { next++; }
            uint32_t stop = ranges[i].start + ranges[i].count;
            if (is_too_long(ranges[i])) { continue; }
            if (*next >= stop) {
                add(Failure{segdrift_json_blank, ranges[i].start, "a value is missing"}, ranges[i], 0);
                continue;
            }
            uint32_t first_slice = 0;
            Failure failure = walker.read(stop, next, true, first_slice);
            add(failure, ranges[i], first_slice);
        }
    }

    void read_alone(const uint8_t *block, segdrift_json_range range, uint32_t base, uint32_t text_base) {
        if (is_too_long(range)) { return; }
        if (blank(block + range.start, range.count)) {
            return add(Failure{segdrift_json_blank, range.start, "a value is missing"}, range, 0);
        }
        padded.assign(block + range.start, block + range.start + range.count);
        padded.insert(padded.end(), SEGDRIFT_JSON_PADDING, ' ');
        simdjson::error_code error = stage.run(padded.data(), range.count);
        Failure failure;
        uint32_t first_slice = uint32_t(walker.slices.size());
        if (error) {
            failure = explain(error, padded.data(), range.count);
        } else {
            const uint32_t *next = stage.indexes();
            walker.use(padded.data(), base + range.start, text_base, true);
            failure = walker.read(range.count, next, true, first_slice);
        }
        failure.place += range.start;
        add(failure, range, first_slice);
    }

    void parse(const uint8_t *block, uint32_t count, const segdrift_json_range *ranges, size_t range_count, uint32_t base) {
        records.clear();
        walker.slices.clear();
        walker.text.clear();
        uint32_t text_base = base + count;
        simdjson::error_code error = count == 0 ? simdjson::EMPTY : stage.run(block, count);
        if (!error) {
            walker.use(block, base, text_base, std::memchr(block, '\\', count) != nullptr);
            return read_block(ranges, range_count);
        }
        for (size_t i = 0; i < range_count; i++) { read_alone(block, ranges[i], base, text_base); }
    }

    void split_lines(const uint8_t *block, uint32_t count) {
        lines.clear();
        for (uint32_t start = 0; start < count;) {
            const void *found = std::memchr(block + start, '\n', count - start);
            uint32_t stop = found == nullptr ? count : uint32_t(static_cast<const uint8_t *>(found) - block);
            if (stop > start) { lines.push_back(segdrift_json_range{start, stop - start}); }
            start = stop + 1;
        }
    }
};

struct segdrift_json_splitter {
    Splitter splitter;
};

extern "C" {

const char *segdrift_simdjson_implementation(void) {
    static const std::string name = simdjson::get_active_implementation()->name();
    return name.c_str();
}

int segdrift_utf8_valid(const uint8_t *bytes, size_t count) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), count) ? 1 : 0;
}

size_t segdrift_separators(
    const uint8_t *bytes, size_t from, size_t count, uint8_t delimiter, int quote, uint32_t *places, size_t room,
    size_t *stop) {
    return SeparatorFinder(delimiter, quote).find(bytes, from, count, places, room, *stop);
}

segdrift_json *segdrift_json_create(
    uint32_t record_bytes_max, uint32_t depth_max, uint32_t fields_max, int discover) {
    return new (std::nothrow) segdrift_json(record_bytes_max, depth_max, fields_max, discover != 0);
}

void segdrift_json_destroy(segdrift_json *reader) { delete reader; }

uint32_t segdrift_json_add_field(segdrift_json *reader, const uint8_t *name, size_t count) {
    return reader->tree.add(std::string_view(reinterpret_cast<const char *>(name), count));
}

uint32_t segdrift_json_field_count(const segdrift_json *reader) { return uint32_t(reader->tree.fields.size()); }

const uint8_t *segdrift_json_field_name(const segdrift_json *reader, uint32_t index, size_t *count) {
    const std::string &name = reader->tree.fields[index];
    *count = name.size();
    return reinterpret_cast<const uint8_t *>(name.data());
}

void segdrift_json_parse(
    segdrift_json *reader, const uint8_t *block, size_t count, const segdrift_json_range *ranges, size_t range_count,
    uint32_t base, segdrift_json_batch *batch) {
    reader->parse(block, uint32_t(count), ranges, range_count, base);
    batch->records = reader->records.data();
    batch->record_count = reader->records.size();
    batch->slices = reader->walker.slices.data();
    batch->slice_count = reader->walker.slices.size();
    batch->text = reader->walker.text.data();
    batch->text_count = reader->walker.text.size();
}

void segdrift_json_parse_lines(
    segdrift_json *reader, const uint8_t *block, size_t count, uint32_t base, segdrift_json_batch *batch) {
    reader->split_lines(block, uint32_t(count));
    segdrift_json_parse(reader, block, count, reader->lines.data(), reader->lines.size(), base, batch);
}

segdrift_json_splitter *segdrift_json_splitter_create(int is_array) {
    return new (std::nothrow) segdrift_json_splitter{Splitter(is_array)};
}

void segdrift_json_splitter_destroy(segdrift_json_splitter *splitter) { delete splitter; }

size_t segdrift_json_split(
    segdrift_json_splitter *splitter, const uint8_t *bytes, size_t from, size_t count, const uint32_t **cuts,
    int *is_closed) {
    splitter->splitter.scan(bytes, uint32_t(from), uint32_t(count));
    *cuts = splitter->splitter.cuts.data();
    *is_closed = splitter->splitter.is_closed ? 1 : 0;
    return splitter->splitter.cuts.size();
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
        walker.use(text, 0, 0, true);
        const uint32_t *next = stage.indexes();
        uint32_t first_slice = 0;
        failure = walker.read(uint32_t(count), next, false, first_slice);
    }
    *place = failure.place;
    *reason = failure.reason;
    return failure.code;
}
}
