#pragma once

// The way past the grammar for records that look like an earlier one: the same members in the same order, none of
// them an object or array. Whatever does not fit is left to the walker, which alone says what is wrong.

#include "CSimdJSON.h"
#include "json_scalar.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace segdrift {

/// What the members of a record were, as they follow one another.
class Shape {
public:
    struct Member {
        /// `"name":` as it is written; compared whole, 16 bytes at a time.
        uint8_t text[48];
        uint32_t count;
        /// As the walker knows it.
        int32_t node;
        /// Its slice in the record; negative: nobody asked for it.
        int32_t field;
    };

    static constexpr size_t members_max = 64;
    static constexpr uint32_t name_max = 44;

    void clear() {
        members.clear();
        is_usable = true;
    }

    /// Notes the next member; `name` without its quotes. One that is there twice is for the walker.
    void add(const uint8_t *name, uint32_t count, int32_t node) {
        if (members.size() == members_max || count > name_max) { is_usable = false; }
        for (const Member &other : members) {
            if (node >= 0 && other.node == node) { is_usable = false; }
        }
        if (!is_usable) { return; }
        Member member{};
        member.text[0] = '"';
        std::memcpy(member.text + 1, name, count);
        member.text[count + 1] = '"';
        member.text[count + 2] = ':';
        member.count = count + 3;
        member.node = node;
        member.field = -1;
        members.push_back(member);
    }

    /// Sets where each member's text goes: `field_of(node)`.
    template <typename FieldOf> void resolve(FieldOf field_of) {
        for (Member &member : members) { member.field = member.node < 0 ? -1 : field_of(member.node); }
    }

    void spoil() { is_usable = false; }
    bool usable() const { return is_usable && !members.empty(); }

    /// Reads a record that ends before `limit`, whose structural characters begin at `index`.
    /// - slices: where its fields go; those it lacks are left alone.
    /// - base: added to the offsets of texts.
    /// Returns the first index it did not use; NULL when the record does not fit.
    const uint32_t *read(
        const uint8_t *block, const uint32_t *index, uint32_t limit, bool escapes, uint32_t base,
        segdrift_slice *slices) const {
        if (block[*index++] != '{') { return nullptr; }
        segdrift_slice ignored;
        size_t last = members.size() - 1;
        for (size_t i = 0; i <= last; i++, index += 4) {
            const Member &member = members[i];
            uint32_t key = index[0];
            // Three sentinels stand behind the last index.
            if (key >= limit) { return nullptr; }
            uint32_t start = index[2];
            uint32_t end = index[3];
            // In ascending order: when the last one is in the record, so are the others.
            if (end >= limit || index[1] - key + 1 != member.count || !is_equal(block + key, member)) { return nullptr; }
            if (block[end] != (i == last ? '}' : ',')) { return nullptr; }
            segdrift_slice *slice = member.field < 0 ? &ignored : slices + member.field;
            // Most values are texts.
            if (block[start] == '"') {
                uint32_t count = end - start;
                if (count < 2 || block[end - 1] != '"') { return nullptr; }
                if (escapes && std::memchr(block + start, '\\', count) != nullptr) { return nullptr; }
                *slice = segdrift_slice{base + start + 1, count - 2};
            } else if (!value(block, start, end, base, slice)) {
                return nullptr;
            }
        }
        return *index >= limit ? index : nullptr;
    }

private:
    std::vector<Member> members;
    bool is_usable = true;

    /// What is behind the block is readable as far as this looks.
    static bool is_equal(const uint8_t *bytes, const Member &member) {
        if (member.count >= 8) {
            // First and last eight bytes, which overlap, and between them what is longer.
            if (word(bytes) != word(member.text)) { return false; }
            uint32_t rest = member.count - 8;
            if (word(bytes + rest) != word(member.text + rest)) { return false; }
            return member.count <= 16 || std::memcmp(bytes + 8, member.text + 8, member.count - 16) == 0;
        }
        return ((word(bytes) ^ word(member.text)) << (64 - 8 * member.count)) == 0;
    }

    static uint64_t word(const uint8_t *bytes) {
        uint64_t value;
        std::memcpy(&value, bytes, 8);
        return value;
    }

    /// Takes the number or word at `start` when it ends right before `end`.
    static bool value(const uint8_t *block, uint32_t start, uint32_t end, uint32_t base, segdrift_slice *slice) {
        uint8_t first = block[start];
        uint32_t count = end - start;
        if (digit(first) || first == '-') {
            if (!is_number(block + start, block + end)) { return false; }
        } else if (first == 'n') {
            return count == 4 && std::memcmp(block + start, "null", 4) == 0;
        } else if (first == 't') {
            if (count != 4 || std::memcmp(block + start, "true", 4) != 0) { return false; }
        } else if (first == 'f') {
            if (count != 5 || std::memcmp(block + start, "false", 5) != 0) { return false; }
        } else {
            return false;
        }
        *slice = segdrift_slice{base + start, count};
        return true;
    }
};

/// The shapes met last. A feed has a few; where every record has another one, looking for them pauses.
class Shapes {
public:
    /// As ``Shape::read``, with the shape that fits.
    const uint32_t *read(
        const uint8_t *block, const uint32_t *index, uint32_t limit, bool escapes, uint32_t base,
        segdrift_slice *slices) {
        if (rest > 0) {
            rest--;
            return nullptr;
        }
        for (size_t i = 0; i < count; i++) {
            size_t at = (latest + i) % count;
            const uint32_t *next = known[at].read(block, index, limit, escapes, base, slices);
            if (next != nullptr) {
                latest = at;
                misses = misses > 0 ? misses - 1 : 0;
                return next;
            }
        }
        // Twice what a hit takes off: pauses when fewer than two of three records fit.
        misses += 2;
        if (misses > 64) {
            rest = 512;
            misses = 0;
        }
        return nullptr;
    }

    /// Whether the walker should tell what it meets in the next record.
    bool is_learning() const { return rest == 0; }

    /// Keeps a shape in place of the one that is there for longest.
    void keep(const Shape &shape) {
        size_t at = count < shapes_max ? count++ : oldest++ % shapes_max;
        known[at] = shape;
        latest = at;
    }

    void clear() {
        count = 0;
        latest = 0;
    }

private:
    static constexpr size_t shapes_max = 4;
    Shape known[shapes_max];
    size_t count = 0;
    size_t latest = 0;
    size_t oldest = 0;
    uint32_t misses = 0;
    uint32_t rest = 0;
};

}  // namespace segdrift
