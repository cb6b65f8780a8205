#pragma once

// Second stage over simdjson's structural indexes: the JSON grammar, strictly, and the members asked for.
//
// simdjson's first stage (UTF-8, quotes, control characters, places of structural characters and scalars) runs
// over a whole block of records at once. Its own second stages either convert numbers (and lose how they were
// written) or leave unread members unchecked; this one does neither, and keeps an error to its record.

#include "CSimdJSON.h"
#include "json_scalar.h"
#include "json_shape.h"
#include "member_tree.h"
#include "slice_buffer.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace segdrift {

class Walker {
public:
    Walker(MemberTree &tree, uint32_t depth_max, uint32_t fields_max, bool discover)
        : tree(tree), depth_max(depth_max), fields_max(fields_max), discover(discover) {}

    SliceBuffer slices;
    /// Texts that had to be unescaped; all others are taken where they stand.
    std::vector<uint8_t> text;

    /// Sets the block that records are read from.
    /// - block_base, text_base: added to the offsets of texts in the block, and of unescaped ones.
    /// - escapes: whether there is a backslash anywhere in the block.
    void use(const uint8_t *bytes, uint32_t block_base, uint32_t text_base, bool escapes) {
        block = bytes;
        this->block_base = block_base;
        this->text_base = text_base;
        this->escapes = escapes;
    }

    /// Reads one JSON text that ends before `limit`; `next` is left at the first index it did not use.
    /// On success its fields are at the end of `slices`; on failure nothing is added.
    Failure read(uint32_t limit, const uint32_t *&next, bool needs_object, uint32_t &first_slice) {
        first_slice = uint32_t(slices.size());
        if (needs_object && known_shape(limit, next, first_slice)) { return Failure{}; }
        end = limit;
        index = next;
        failure = Failure{};
        members = 0;
        epoch++;
        frames.clear();
        size_t text_before = text.size();
        learns = needs_object && shapes.is_learning();
        if (learns) { shape.clear(); }
        first = first_slice;
        slices.resize(slices.size() + tree.fields.size());
        bool good = needs_object && *index < end && block[*index] != '{' ? fail_value_kind() : document();
        if (!good) {
            slices.resize(first_slice);
            text.resize(text_before);
        }
        if (good && learns && shape.usable()) {
            shape.resolve([this](int32_t node) { return tree.nodes[size_t(node)].field; });
            shapes.keep(shape);
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
        uint32_t item;
    };
    /// The member at some place of the last record: the next record most often has the same one there.
    struct Guess {
        int32_t parent = none;
        int32_t node = none;
        uint32_t count = 0;
        uint8_t key[32];
    };

    MemberTree &tree;
    uint32_t depth_max;
    uint32_t fields_max;
    bool discover;
    bool escapes = true;
    const uint8_t *block = nullptr;
    uint32_t block_base = 0;
    uint32_t text_base = 0;
    uint32_t end = 0;
    const uint32_t *index = nullptr;
    uint32_t first = 0;
    uint32_t members = 0;
    uint32_t epoch = 0;
    Failure failure;
    std::vector<Frame> frames;
    std::vector<uint8_t> key_text;
    std::vector<Guess> guesses;
    Shapes shapes;
    /// That of the record being read, while `learns`.
    Shape shape;
    bool learns = false;
    /// The fields that the shapes are about.
    size_t known_fields = 0;

    /// Reads a record that looks like an earlier one. Adds nothing when it does not.
    bool known_shape(uint32_t limit, const uint32_t *&next, uint32_t first_slice) {
        size_t count = tree.fields.size();
        if (known_fields != count) {
            known_fields = count;
            shapes.clear();
        }
        slices.resize(first_slice + count);
        const uint32_t *stop = shapes.read(block, next, limit, escapes, block_base, slices.data() + first_slice);
        if (stop == nullptr) {
            slices.resize(first_slice);
            return false;
        }
        next = stop;
        return true;
    }

    bool fail(uint32_t code, uint32_t place, const char *reason) {
        failure = Failure{code, place, reason};
        return false;
    }
    bool invalid(uint32_t place, const char *reason) { return fail(segdrift_json_invalid, place, reason); }

    /// A valid text that is no object is told from an invalid one.
    bool fail_value_kind() {
        uint32_t place = *index;
        if (!document()) { return false; }
        return fail(segdrift_json_not_an_object, place, "the record is not a JSON object");
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
        return frame.object ? member() : value(next_item(frame), false);
    }

    /// Numbered members of an array are asked for like named ones; discovering, an array is one field.
    int32_t next_item(Frame &frame) {
        if (discover || frame.node == none || !tree.nodes[size_t(frame.node)].has_children) { return none; }
        return tree.child(frame.node, frame.item++);
    }

    bool close(uint32_t place) {
        Frame frame = frames.back();
        frames.pop_back();
        if (frame.raw_field != none) { set(frame.raw_field, frame.raw_start, place + 1 - frame.raw_start); }
        return true;
    }

    bool member() {
        if (*index >= end) { return invalid(end, "the object is not closed"); }
        uint32_t place = *index;
        if (block[place] != '"') { return invalid(place, "a member name in quotes expected"); }
        // Discovering, every new name stays in memory: names are as bounded as members.
        if (members >= fields_max || (discover && tree.nodes.size() > fields_max)) {
            return fail(segdrift_json_too_many_fields, place, "too many members");
        }
        uint32_t ordinal = members++;
        index++;
        uint32_t stop = scalar_end();
        if (!closed(place, stop)) { return invalid(place, "the member name is not closed"); }
        uint32_t count = stop - place - 2;
        const uint8_t *bytes = block + place + 1;
        if (escapes && std::memchr(bytes, '\\', count) != nullptr) {
            key_text.clear();
            bool nul = false;
            if (!unescape(place + 1, count, key_text, nul)) { return false; }
            count = uint32_t(key_text.size());
            key_text.insert(key_text.end(), 8, 0);
            bytes = key_text.data();
        }
        int32_t parent = frames.back().node;
        int32_t node = parent == none ? none : find(parent, bytes, count, ordinal);
        if (learns) { learn(bytes, count, node); }
        if (*index >= end || block[*index] != ':') {
            return invalid(*index < end ? *index : end, "':' expected after the member name");
        }
        index++;
        return value(node, false);
    }

    /// Notes a member of a flat record.
    void learn(const uint8_t *name, uint32_t count, int32_t node) {
        bool is_escaped = name == key_text.data();
        if (is_escaped) { return shape.spoil(); }
        shape.add(name, count, node);
    }

    int32_t find(int32_t parent, const uint8_t *key, uint32_t count, uint32_t ordinal) {
        if (ordinal >= guesses.size()) {
            if (ordinal >= 256) { return look_up(parent, key, count); }
            guesses.resize(ordinal + 1);
        }
        Guess &guess = guesses[ordinal];
        if (guess.parent == parent && guess.count == count && std::memcmp(guess.key, key, count) == 0) {
            return guess.node;
        }
        int32_t node = look_up(parent, key, count);
        if (count <= sizeof(guess.key)) {
            guess.parent = parent;
            guess.node = node;
            guess.count = count;
            std::memcpy(guess.key, key, count);
        }
        return node;
    }

    int32_t look_up(int32_t parent, const uint8_t *key, uint32_t count) {
        uint64_t hash = hash_key(key, count);
        return discover ? tree.child_or_new(
                   parent, std::string_view(reinterpret_cast<const char *>(key), count), hash)
                        : tree.child(parent, key, count, hash);
    }

    bool value(int32_t node, bool root) {
        if (*index >= end) { return invalid(end, "a value is missing"); }
        uint32_t place = *index++;
        if (node != none && !root) { meet(node); }
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

    /// Of a member that is there twice the last one counts, with all that lies in it.
    void meet(int32_t node) {
        MemberTree::Node &top = tree.nodes[size_t(node)];
        if (top.epoch != epoch) {
            top.epoch = epoch;
            return;
        }
        for (int32_t below = node; below < int32_t(tree.nodes.size()); below++) {
            int32_t field = tree.nodes[size_t(below)].field;
            if (field == none || first + uint32_t(field) >= slices.size() || !tree.is_below(below, node)) { continue; }
            slices[first + uint32_t(field)] = segdrift_slice{UINT32_MAX, 0};
        }
    }

    bool open(uint32_t place, int32_t node, bool root) {
        bool object = block[place] == '{';
        if (frames.size() >= depth_max) { return fail(segdrift_json_too_deep, place, "nested too deeply"); }
        int32_t raw = root || node == none || (discover && object) ? none : field_of(node);
        if (!root) { shape.spoil(); }
        // An array at the root is no record: nothing in it is asked for.
        frames.push_back(Frame{object, object || !root ? node : none, raw, place, 0});
        if (*index < end && block[*index] == (object ? '}' : ']')) {
            uint32_t stop = *index++;
            return close(stop);
        }
        return object ? member() : value(next_item(frames.back()), false);
    }

    int32_t field_of(int32_t node) {
        if (!discover) { return tree.nodes[size_t(node)].field; }
        int32_t field = tree.field_at(node);
        if (slices.size() < first + tree.fields.size()) {
            slices.resize(first + tree.fields.size());
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

    void set(int32_t field, uint32_t place, uint32_t count) {
        slices[first + uint32_t(field)] = segdrift_slice{block_base + place, count};
    }

    bool closed(uint32_t place, uint32_t stop) const { return stop >= place + 2 && block[stop - 1] == '"'; }

    bool string(uint32_t place, int32_t node) {
        uint32_t stop = scalar_end();
        if (!closed(place, stop)) { return invalid(place, "the string is not closed"); }
        uint32_t count = stop - place - 2;
        int32_t field = node == none ? none : field_of(node);
        if (!escapes || std::memchr(block + place + 1, '\\', count) == nullptr) {
            if (field != none) { set(field, place + 1, count); }
            return true;
        }
        bool nul = false;
        if (field == none) {
            key_text.clear();
            return unescape(place + 1, count, key_text, nul);
        }
        uint32_t offset = uint32_t(text.size());
        if (!unescape(place + 1, count, text, nul)) { return false; }
        if (nul) { return fail(segdrift_json_nul, place, "the text contains a NUL character"); }
        slices[first + uint32_t(field)] = segdrift_slice{text_base + offset, uint32_t(text.size()) - offset};
        return true;
    }

    bool word(uint32_t place, int32_t node, const char *expected, uint32_t count) {
        uint32_t stop = scalar_end();
        if (stop - place != count || std::memcmp(block + place, expected, count) != 0) {
            return invalid(place, "this is no JSON value");
        }
        int32_t field = node == none ? none : field_of(node);
        if (field == none) { return true; }
        if (*expected == 'n') {
            slices[first + uint32_t(field)] = segdrift_slice{UINT32_MAX, 0};
        } else {
            set(field, place, count);
        }
        return true;
    }

    bool number(uint32_t place, int32_t node) {
        uint32_t stop = scalar_end();
        if (!is_number(block + place, block + stop)) { return invalid(place, "this is no JSON number"); }
        int32_t field = node == none ? none : field_of(node);
        if (field != none) { set(field, place, stop - place); }
        return true;
    }

    bool unescape(uint32_t start, uint32_t count, std::vector<uint8_t> &out, bool &nul) {
        failure = segdrift::unescape(block, start, count, out, nul);
        return failure.code == segdrift_json_ok;
    }
};

}  // namespace segdrift
