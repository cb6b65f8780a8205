#pragma once

// The fields of all records of a block, one after the other.

#include "CSimdJSON.h"

#include <algorithm>
#include <cstdint>
#include <memory>

namespace segdrift {

/// A growing array that is not cleared before it is filled.
class SliceBuffer {
public:
    size_t size() const { return count; }
    segdrift_slice *data() { return slices.get(); }
    segdrift_slice &operator[](size_t index) { return slices[index]; }

    void clear() { count = 0; }

    /// Grows by slices of members that are not there, or shrinks.
    void resize(size_t size) {
        if (size > room) { grow(size); }
        for (size_t i = count; i < size; i++) { slices[i] = segdrift_slice{UINT32_MAX, 0}; }
        count = size;
    }

private:
    std::unique_ptr<segdrift_slice[]> slices;
    size_t count = 0;
    size_t room = 0;

    void grow(size_t size) {
        size_t more = std::max(size, room * 2);
        std::unique_ptr<segdrift_slice[]> larger(new segdrift_slice[more]);
        std::copy(slices.get(), slices.get() + count, larger.get());
        slices = std::move(larger);
        room = more;
    }
};

}  // namespace segdrift
