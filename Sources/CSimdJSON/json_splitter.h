#pragma once

// Finds where the elements of an array end, 64 bytes at a time, before anything else is known of the text.
// Brackets are only counted: whether they match is for the walker to say.

#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace segdrift {

class Splitter {
public:
    /// Where elements end: at a comma, or at the bracket that closes what lies around them.
    std::vector<uint32_t> cuts;
    /// Whether the last cut closes.
    bool is_closed = false;

    /// - depth: nesting at which commas separate records: 1 in an array; 0: the closing bracket of a lone value.
    explicit Splitter(int64_t depth) : base(depth), depth(depth) {}

    /// Goes on over `bytes[from..<count]`; stops behind the closing bracket.
    void scan(const uint8_t *bytes, uint32_t from, uint32_t count) {
        cuts.clear();
        while (from < count && !is_closed) {
            uint32_t length = count - from < 64 ? count - from : 64;
            if (length == 64) {
                block(bytes + from, from);
            } else {
                uint8_t padded[64];
                std::memset(padded, ' ', sizeof(padded));
                std::memcpy(padded, bytes + from, length);
                // What a backslash at the very end escapes comes with the next bytes.
                block(padded, from);
                if (length > 0 && escape_at == length) {
                    carry = true;
                }
            }
            from += length;
        }
    }

    /// Whether the bytes so far end inside a string.
    bool in_string() const { return quoted != 0; }

private:
    int64_t base;
    int64_t depth;
    uint64_t quoted = 0;
    bool carry = false;
    uint32_t escape_at = 0;

    struct Masks {
        uint64_t quotes = 0, slashes = 0, opens = 0, closes = 0, commas = 0;
    };

#if defined(__SSE2__)
    static uint64_t equal(const __m128i *parts, char c) {
        __m128i wanted = _mm_set1_epi8(c);
        uint64_t mask = 0;
        for (int i = 0; i < 4; i++) {
            mask |= uint64_t(uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(parts[i], wanted)))) << (16 * i);
        }
        return mask;
    }

    static Masks masks(const uint8_t *bytes) {
        __m128i parts[4];
        __m128i lower[4];
        for (int i = 0; i < 4; i++) {
            parts[i] = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + 16 * i));
            // '[' and '{', ']' and '}' differ in this bit alone; no other two characters meet here.
            lower[i] = _mm_or_si128(parts[i], _mm_set1_epi8(0x20));
        }
        return Masks{equal(parts, '"'), equal(parts, '\\'), equal(lower, '{'), equal(lower, '}'), equal(parts, ',')};
    }
#else
    static Masks masks(const uint8_t *bytes) {
        Masks found;
        for (int i = 0; i < 64; i++) {
            uint64_t bit = uint64_t(1) << i;
            switch (bytes[i]) {
            case '"': found.quotes |= bit; break;
            case '\\': found.slashes |= bit; break;
            case '{': case '[': found.opens |= bit; break;
            case '}': case ']': found.closes |= bit; break;
            case ',': found.commas |= bit; break;
            default: break;
            }
        }
        return found;
    }
#endif

    /// The bytes that a backslash stands before.
    uint64_t escaped(uint64_t slashes) {
        escape_at = 0;
        uint64_t result = 0;
        if (carry) {
            result |= 1;
            slashes &= ~uint64_t(1);
            carry = false;
        }
        while (slashes != 0) {
            int i = __builtin_ctzll(slashes);
            escape_at = uint32_t(i) + 1;
            if (i == 63) {
                carry = true;
                escape_at = 0;
                break;
            }
            result |= uint64_t(1) << (i + 1);
            slashes &= ~(uint64_t(3) << i);
        }
        return result;
    }

    /// Each bit becomes the parity of itself and all bits below it.
    static uint64_t parity(uint64_t bits) {
        for (int shift = 1; shift < 64; shift *= 2) { bits ^= bits << shift; }
        return bits;
    }

    void block(const uint8_t *bytes, uint32_t offset) {
        Masks found = masks(bytes);
        uint64_t quotes = found.quotes & ~escaped(found.slashes);
        uint64_t inside = parity(quotes) ^ quoted;
        quoted = uint64_t(int64_t(inside) >> 63);
        uint64_t opens = found.opens & ~inside;
        uint64_t closes = found.closes & ~inside;
        if (depth - __builtin_popcountll(closes) > base) {
            depth += __builtin_popcountll(opens) - __builtin_popcountll(closes);
            return;
        }
        uint64_t events = opens | closes | (found.commas & ~inside);
        while (events != 0) {
            int i = __builtin_ctzll(events);
            uint64_t bit = events & (~events + 1);
            events ^= bit;
            if (opens & bit) {
                depth++;
            } else if (closes & bit) {
                depth--;
                if (depth < base || depth == 0) {
                    cuts.push_back(offset + uint32_t(i));
                    is_closed = true;
                    return;
                }
            } else if (depth == base && base > 0) {
                cuts.push_back(offset + uint32_t(i));
            }
        }
    }
};

}  // namespace segdrift
