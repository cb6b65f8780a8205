#pragma once

// Numbers and escapes of JSON, as RFC 8259 has them.

#include "CSimdJSON.h"

#include <cstdint>
#include <cstring>
#include <vector>

namespace segdrift {

struct Failure {
    uint32_t code = segdrift_json_ok;
    uint32_t place = 0;
    const char *reason = nullptr;
};

inline bool digit(uint8_t c) { return uint8_t(c - '0') < 10; }

inline bool is_number(const uint8_t *p, const uint8_t *last) {
    if (*p == '-') { p++; }
    if (p == last || !digit(*p)) { return false; }
    if (*p == '0') {
        p++;
    } else {
        while (p < last && digit(*p)) { p++; }
    }
    if (p < last && *p == '.') {
        p++;
        if (p == last || !digit(*p)) { return false; }
        while (p < last && digit(*p)) { p++; }
    }
    if (p < last && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < last && (*p == '+' || *p == '-')) { p++; }
        if (p == last || !digit(*p)) { return false; }
        while (p < last && digit(*p)) { p++; }
    }
    return p == last;
}

inline int hex(uint8_t c) {
    if (digit(c)) { return c - '0'; }
    uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The four hex digits at `p`; negative when they are not there.
inline int32_t unit(const uint8_t *p, const uint8_t *last) {
    if (last - p < 4) { return -1; }
    int32_t result = 0;
    for (int i = 0; i < 4; i++) {
        int value = hex(p[i]);
        if (value < 0) { return -1; }
        result = result << 4 | value;
    }
    return result;
}

inline void append_scalar(std::vector<uint8_t> &out, uint32_t scalar) {
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

/// Appends what the inside of a string stands for; `nul` tells of a NUL character in it.
inline Failure unescape(
    const uint8_t *block, uint32_t start, uint32_t count, std::vector<uint8_t> &out, bool &nul) {
    auto invalid = [](uint32_t place, const char *reason) { return Failure{segdrift_json_invalid, place, reason}; };
    const uint8_t *p = block + start;
    const uint8_t *last = p + count;
    while (p < last) {
        const void *found = std::memchr(p, '\\', size_t(last - p));
        const uint8_t *slash = found == nullptr ? last : static_cast<const uint8_t *>(found);
        out.insert(out.end(), p, slash);
        if (slash == last) { return Failure{}; }
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
    return Failure{};
}

}  // namespace segdrift
