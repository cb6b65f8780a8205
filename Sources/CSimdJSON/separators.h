#pragma once

// Places of delimiters and line ends in separated values, 64 bytes at a time, as far as there is no quote.

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace segdrift {

class SeparatorFinder {
public:
    /// - quote: negative for none.
    SeparatorFinder(uint8_t delimiter, int quote) : delimiter(delimiter), quote(quote) {}

    /// Returns how many places were found; `stop` is the first byte that was not looked at: a quote, the end, or
    /// where there was no room left.
    size_t find(
        const uint8_t *bytes, size_t from, size_t count, uint32_t *places, size_t room, size_t &stop) const {
        size_t found = 0;
        size_t index = from;
#if defined(__SSE2__)
        while (index + 64 <= count && found + 64 <= room) {
            uint64_t quotes = 0;
            uint64_t separators = masks(bytes + index, quotes);
            if (quotes != 0) { separators &= (quotes & (~quotes + 1)) - 1; }
            while (separators != 0) {
                places[found++] = uint32_t(index) + uint32_t(__builtin_ctzll(separators));
                separators &= separators - 1;
            }
            if (quotes != 0) {
                stop = index + size_t(__builtin_ctzll(quotes));
                return found;
            }
            index += 64;
        }
        // Room for less than a block: the caller comes back.
        if (index + 64 <= count) {
            stop = index;
            return found;
        }
#endif
        for (; index < count && found < room; index++) {
            uint8_t byte = bytes[index];
            if (int(byte) == quote) { break; }
            if (byte == delimiter || byte == '\n' || byte == '\r') { places[found++] = uint32_t(index); }
        }
        stop = index;
        return found;
    }

private:
    uint8_t delimiter;
    int quote;

#if defined(__SSE2__)
    uint64_t masks(const uint8_t *bytes, uint64_t &quotes) const {
        __m128i wanted[4] = {
            _mm_set1_epi8(char(delimiter)), _mm_set1_epi8('\n'), _mm_set1_epi8('\r'), _mm_set1_epi8(char(quote))};
        uint64_t separators = 0;
        for (int i = 0; i < 4; i++) {
            __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i *>(bytes + 16 * i));
            __m128i either = _mm_or_si128(
                _mm_cmpeq_epi8(part, wanted[0]),
                _mm_or_si128(_mm_cmpeq_epi8(part, wanted[1]), _mm_cmpeq_epi8(part, wanted[2])));
            separators |= uint64_t(uint32_t(_mm_movemask_epi8(either))) << (16 * i);
            if (quote >= 0) {
                quotes |= uint64_t(uint32_t(_mm_movemask_epi8(_mm_cmpeq_epi8(part, wanted[3])))) << (16 * i);
            }
        }
        return separators;
    }
#endif
};

}  // namespace segdrift
