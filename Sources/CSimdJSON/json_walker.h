#pragma once

// Second stage over simdjson's structural indexes: the JSON grammar, strictly, and the members asked for.
//
// simdjson's first stage (UTF-8, quotes, control characters, places of structural characters and scalars) runs
// over a whole block of lines at once. Its own second stages either convert numbers (and lose how they were
// written) or leave unread members unchecked; this one does neither, and keeps an error to its line.

#include "CSimdJSON.h"
#include "member_tree.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace segdrift {

struct Failure {
    uint32_t code = segdrift_json_ok;
    uint32_t place = 0;
    const char *reason = nullptr;
};

class Walker {
public:
    Walker(MemberTree &tree, uint32_t depth_max, uint32_t fields_max, bool discover)
        : tree(tree), depth_max(depth_max), fields_max(fields_max), discover(discover) {}

    std::vector<segdrift_slice> slices;
    std::vector<uint8_t> text;

    /// Reads one JSON text that ends before `limit`; `next` is left at the first index it did not use.
    /// On success its fields are at the end of `slices`; on failure nothing is added.
    Failure read(
        const uint8_t *bytes, uint32_t limit, const uint32_t *&next, bool needs_object, uint32_t &first_slice) {
        block = bytes;
        end = limit;
        index = next;
        failure = Failure{};
        members = 0;
        frames.clear();
        keys.clear();
        key_text.clear();
        size_t text_before = text.size();
        first_slice = uint32_t(slices.size());
        first = first_slice;
        slices.resize(slices.size() + tree.fields.size(), segdrift_slice{UINT32_MAX, 0});
        bool good = needs_object && *index < end && block[*index] != '{'
                        ? fail_value_kind()
                        : document();
        if (!good) {
            slices.resize(first_slice);
            text.resize(text_before);
        }
        next = index;
        return failure;
    }

private:
    struct Frame {
        bool object;
        int32_t node;
        int32_t raw_field;
        uint32_t raw_start;
        uint32_t keys_base;
    };
    struct Key {
        uint64_t hash;
        uint32_t offset;
        uint32_t count;
        bool escaped;  // lies in key_text, not in the block
    };

    MemberTree &tree;
    uint32_t depth_max;
    uint32_t fields_max;
    bool discover;
    const uint8_t *block = nullptr;
    uint32_t end = 0;
    const uint32_t *index = nullptr;
    uint32_t first = 0;
    uint32_t members = 0;
    Failure failure;
    std::vector<Frame> frames;
    std::vector<Key> keys;
    std::vector<uint8_t> key_text;

    bool fail(uint32_t code, uint32_t place, const char *reason) {
        failure = Failure{code, place, reason};
        return false;
    }
    bool invalid(uint32_t place, const char *reason) { return fail(segdrift_json_invalid, place, reason); }

    /// A valid text that is no object is told from an invalid one.
    bool fail_value_kind() {
        uint32_t place = *index;
        if (!document()) { return false; }
        return fail(segdrift_json_not_an_object, place, "the line is not a JSON object");
    }

    bool document() {
        if (!value(0, true)) { return false; }
        while (!frames.empty()) {
            if (!step()) { return false; }
        }
        if (*index < end) { return invalid(*index, "text after the end of the JSON value"); }
        return true;
    }

    /// After a value in the innermost array or object: a comma and the next one, or its end.
    bool step() {
        Frame &frame = frames.back();
        if (*index >= end) { return invalid(end, frame.object ? "the object is not closed" : "the array is not closed"); }
        uint32_t place = *index;
        uint8_t c = block[place];
        if (c == (frame.object ? '}' : ']')) {
            index++;
            return close(place);
        }
        if (c != ',') { return invalid(place, frame.object ? "',' or '}' expected" : "',' or ']' expected"); }
        index++;
        return frame.object ? member() : value(none, false);
    }

    bool close(uint32_t place) {
        Frame frame = frames.back();
        frames.pop_back();
        if (frame.object && !keys_differ(frame.keys_base)) { return false; }
        if (frame.object) { keys.resize(frame.keys_base); }
        if (frame.raw_field != none) {
            return set(frame.raw_field, frame.raw_start, block + frame.raw_start, place + 1 - frame.raw_start);
        }
        return true;
    }

    bool member() {
        if (*index >= end) { return invalid(end, "the object is not closed"); }
        uint32_t place = *index;
        if (block[place] != '"') { return invalid(place, "a member name in quotes expected"); }
        // Discovering, every new name stays in memory: names are as bounded as members.
        if (++members > fields_max || (discover && tree.nodes.size() > fields_max)) { return fail(segdrift_json_too_many_fields, place, "too many members"); }
        index++;
        uint32_t stop = scalar_end();
        if (!closed(place, stop)) { return invalid(place, "the member name is not closed"); }
        Key key{0, place + 1, stop - place - 2, false};
        const uint8_t *bytes = block + key.offset;
        if (std::memchr(bytes, '\\', key.count) != nullptr) {
            uint32_t offset = uint32_t(key_text.size());
            bool nul = false;
            if (!unescape(place + 1, key.count, key_text, nul)) { return false; }
            key = Key{0, offset, uint32_t(key_text.size()) - offset, true};
            key_text.insert(key_text.end(), 8, 0);
            bytes = key_text.data() + offset;
        }
        key.hash = hash_key(bytes, key.count);
        keys.push_back(key);
        int32_t node = none;
        int32_t parent = frames.back().node;
        if (parent != none) {
            node = discover ? tree.child_or_new(
                       parent, std::string_view(reinterpret_cast<const char *>(bytes), key.count), key.hash)
                            : tree.child(parent, bytes, key.count, key.hash);
        }
        if (*index >= end || block[*index] != ':') {
            return invalid(*index < end ? *index : end, "':' expected after the member name");
        }
        index++;
        return value(node, false);
    }

    bool value(int32_t node, bool root) {
        if (*index >= end) { return invalid(end, "a value is missing"); }
        uint32_t place = *index++;
        switch (block[place]) {
        case '{':
        case '[':
            return open(place, node, root);
        case '"':
            return string(place, node);
        case 't':
            return word(place, node, "true", 4);
        case 'f':
            return word(place, node, "false", 5);
        case 'n':
            return word(place, node, "null", 4);
        case '-':
        case '0': case '1': case '2': case '3': case '4':
        case '5': case '6': case '7': case '8': case '9':
            return number(place, node);
        case ',': case '}': case ']': case ':':
            return invalid(place, "a value is missing");
        default:
            return invalid(place, "this is no JSON value");
        }
    }

    bool open(uint32_t place, int32_t node, bool root) {
        bool object = block[place] == '{';
        if (frames.size() >= depth_max) { return fail(segdrift_json_too_deep, place, "nested too deeply"); }
        int32_t raw = root || node == none || (discover && object) ? none : field_of(node);
        frames.push_back(Frame{object, object ? node : none, raw, place, uint32_t(keys.size())});
        if (*index < end && block[*index] == (object ? '}' : ']')) {
            uint32_t stop = *index++;
            return close(stop);
        }
        return object ? member() : value(none, false);
    }

    int32_t field_of(int32_t node) {
        if (!discover) { return tree.nodes[size_t(node)].field; }
        int32_t field = tree.field_at(node);
        if (slices.size() < first + tree.fields.size()) {
            slices.resize(first + tree.fields.size(), segdrift_slice{UINT32_MAX, 0});
        }
        return field;
    }

    /// Where the scalar before the next structural character ends: behind its last byte that is no white space.
    uint32_t scalar_end() const {
        uint32_t stop = *index < end ? *index : end;
        while (block[stop - 1] == ' ' || block[stop - 1] == '\n' || block[stop - 1] == '\r' || block[stop - 1] == '\t') {
            stop--;
        }
        return stop;
    }

    bool set(int32_t field, uint32_t place, const uint8_t *bytes, size_t count) {
        segdrift_slice &slice = slices[first + uint32_t(field)];
        if (slice.offset != UINT32_MAX || slice.count != 0) {
            return fail(segdrift_json_duplicate_key, place, "a member appears twice");
        }
        slice = segdrift_slice{uint32_t(text.size()), uint32_t(count)};
        text.insert(text.end(), bytes, bytes + count);
        return true;
    }

    bool closed(uint32_t place, uint32_t stop) const { return stop >= place + 2 && block[stop - 1] == '"'; }

    bool string(uint32_t place, int32_t node) {
        uint32_t stop = scalar_end();
        if (!closed(place, stop)) { return invalid(place, "the string is not closed"); }
        uint32_t count = stop - place - 2;
        const uint8_t *bytes = block + place + 1;
        int32_t field = node == none ? none : field_of(node);
        if (std::memchr(bytes, '\\', count) == nullptr) {
            return field == none ? true : set(field, place, bytes, count);
        }
        if (field == none) {
            size_t before = key_text.size();
            bool nul = false;
            bool good = unescape(place + 1, count, key_text, nul);
            key_text.resize(before);
            return good;
        }
        uint32_t offset = uint32_t(text.size());
        bool nul = false;
        if (!unescape(place + 1, count, text, nul)) { return false; }
        if (nul) { return fail(segdrift_json_nul, place, "the text contains a NUL character"); }
        segdrift_slice &slice = slices[first + uint32_t(field)];
        if (slice.offset != UINT32_MAX || slice.count != 0) {
            return fail(segdrift_json_duplicate_key, place, "a member appears twice");
        }
        slice = segdrift_slice{offset, uint32_t(text.size()) - offset};
        return true;
    }

    bool word(uint32_t place, int32_t node, const char *expected, uint32_t count) {
        uint32_t stop = scalar_end();
        if (stop - place != count || std::memcmp(block + place, expected, count) != 0) {
            return invalid(place, "this is no JSON value");
        }
        int32_t field = node == none ? none : field_of(node);
        if (field == none) { return true; }
        if (*expected != 'n') { return set(field, place, block + place, count); }
        segdrift_slice &slice = slices[first + uint32_t(field)];
        if (slice.offset != UINT32_MAX || slice.count != 0) {
            return fail(segdrift_json_duplicate_key, place, "a member appears twice");
        }
        slice.count = 1;
        return true;
    }

    static bool digit(uint8_t c) { return uint8_t(c - '0') < 10; }

    bool number(uint32_t place, int32_t node) {
        uint32_t stop = scalar_end();
        const uint8_t *p = block + place;
        const uint8_t *last = block + stop;
        if (*p == '-') { p++; }
        if (p == last || !digit(*p)) { return invalid(place, "this is no JSON number"); }
        if (*p == '0') {
            p++;
        } else {
            while (p < last && digit(*p)) { p++; }
        }
        if (p < last && *p == '.') {
            p++;
            if (p == last || !digit(*p)) { return invalid(place, "this is no JSON number"); }
            while (p < last && digit(*p)) { p++; }
        }
        if (p < last && (*p == 'e' || *p == 'E')) {
            p++;
            if (p < last && (*p == '+' || *p == '-')) { p++; }
            if (p == last || !digit(*p)) { return invalid(place, "this is no JSON number"); }
            while (p < last && digit(*p)) { p++; }
        }
        if (p != last) { return invalid(place, "this is no JSON number"); }
        int32_t field = node == none ? none : field_of(node);
        return field == none ? true : set(field, place, block + place, stop - place);
    }

    bool same(const Key &left, const Key &right) const {
        if (left.hash != right.hash || left.count != right.count) { return false; }
        const uint8_t *a = (left.escaped ? key_text.data() : block) + left.offset;
        const uint8_t *b = (right.escaped ? key_text.data() : block) + right.offset;
        return std::memcmp(a, b, left.count) == 0;
    }

    bool keys_differ(uint32_t base) {
        size_t count = keys.size() - base;
        Key *list = keys.data() + base;
        if (count > 32) {
            std::sort(list, list + count, [](const Key &a, const Key &b) { return a.hash < b.hash; });
        }
        for (size_t i = 1; i < count; i++) {
            size_t from = count > 32 ? i - 1 : 0;
            for (size_t j = i; j-- > from;) {
                if (same(list[i], list[j])) {
                    uint32_t place = list[i].escaped ? (list[j].escaped ? end : list[j].offset) : list[i].offset;
                    return fail(segdrift_json_duplicate_key, place, "a member appears twice");
                }
            }
        }
        return true;
    }

    static int hex(uint8_t c) {
        if (digit(c)) { return c - '0'; }
        uint8_t lower = c | 0x20;
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    }

    /// The four hex digits at `p`; negative when they are not there.
    static int32_t unit(const uint8_t *p, const uint8_t *last) {
        if (last - p < 4) { return -1; }
        int32_t result = 0;
        for (int i = 0; i < 4; i++) {
            int value = hex(p[i]);
            if (value < 0) { return -1; }
            result = result << 4 | value;
        }
        return result;
    }

    static void append_scalar(std::vector<uint8_t> &out, uint32_t scalar) {
        if (scalar < 0x80) {
            out.push_back(uint8_t(scalar));
        } else if (scalar < 0x800) {
            out.push_back(uint8_t(0xC0 | scalar >> 6));
            out.push_back(uint8_t(0x80 | (scalar & 0x3F)));
        } else if (scalar < 0x10000) {
            out.push_back(uint8_t(0xE0 | scalar >> 12));
            out.push_back(uint8_t(0x80 | (scalar >> 6 & 0x3F)));
            out.push_back(uint8_t(0x80 | (scalar & 0x3F)));
        } else {
            out.push_back(uint8_t(0xF0 | scalar >> 18));
            out.push_back(uint8_t(0x80 | (scalar >> 12 & 0x3F)));
            out.push_back(uint8_t(0x80 | (scalar >> 6 & 0x3F)));
            out.push_back(uint8_t(0x80 | (scalar & 0x3F)));
        }
    }

    bool unescape(uint32_t start, uint32_t count, std::vector<uint8_t> &out, bool &nul) {
        const uint8_t *p = block + start;
        const uint8_t *last = p + count;
        while (p < last) {
            const void *found = std::memchr(p, '\\', size_t(last - p));
            const uint8_t *slash = found == nullptr ? last : static_cast<const uint8_t *>(found);
            out.insert(out.end(), p, slash);
            if (slash == last) { return true; }
            uint32_t place = uint32_t(slash - block);
            p = slash + 2;
            if (p > last) { return invalid(place, "the escape is not complete"); }
            switch (slash[1]) {
            case '"': out.push_back('"'); break;
            case '\\': out.push_back('\\'); break;
            case '/': out.push_back('/'); break;
            case 'b': out.push_back('\b'); break;
            case 'f': out.push_back('\f'); break;
            case 'n': out.push_back('\n'); break;
            case 'r': out.push_back('\r'); break;
            case 't': out.push_back('\t'); break;
            case 'u': {
                int32_t high = unit(p, last);
                if (high < 0) { return invalid(place, "\\u needs four hexadecimal digits"); }
                p += 4;
                uint32_t scalar = uint32_t(high);
                if (high >= 0xD800 && high < 0xE000) {
                    int32_t low = last - p >= 6 && p[0] == '\\' && p[1] == 'u' ? unit(p + 2, last) : -1;
                    if (high >= 0xDC00 || low < 0xDC00 || low >= 0xE000) {
                        return invalid(place, "half of a surrogate pair");
                    }
                    p += 6;
                    scalar = 0x10000 + ((uint32_t(high) - 0xD800) << 10) + (uint32_t(low) - 0xDC00);
                }
                nul = nul || scalar == 0;
                append_scalar(out, scalar);
                break;
            }
            default:
                return invalid(place, "no such escape");
            }
        }
        return true;
    }
};

}  // namespace segdrift
