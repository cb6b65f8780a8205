#pragma once

// Memory for expat that cannot grow beyond a budget: a tag, an attribute or a list of names without end is refused
// like any other allocation that fails.

#include <cstddef>
#include <cstdlib>

namespace segdrift {

struct Budget {
    size_t used = 0;
    size_t max = 0;
    bool is_exceeded = false;
};

/// Whose budget the parser running on this thread draws on: expat hands nothing to its allocators.
inline thread_local Budget *current_budget = nullptr;

class BudgetScope {
public:
    explicit BudgetScope(Budget &budget) : before(current_budget) { current_budget = &budget; }
    ~BudgetScope() { current_budget = before; }
    BudgetScope(const BudgetScope &) = delete;
    BudgetScope &operator=(const BudgetScope &) = delete;

private:
    Budget *before;
};

/// Room for a block's size in front of it.
constexpr size_t budget_header = alignof(std::max_align_t) > sizeof(size_t) ? alignof(std::max_align_t) : sizeof(size_t);

inline bool draw(size_t bytes) {
    Budget &budget = *current_budget;
    if (bytes > budget.max || budget.used > budget.max - bytes) {
        budget.is_exceeded = true;
        return false;
    }
    budget.used += bytes;
    return true;
}

inline void *budget_malloc(size_t bytes) {
    if (!draw(bytes)) { return nullptr; }
    void *block = std::malloc(bytes + budget_header);
    if (block == nullptr) {
        current_budget->used -= bytes;
        return nullptr;
    }
    *static_cast<size_t *>(block) = bytes;
    return static_cast<char *>(block) + budget_header;
}

inline void budget_free(void *pointer) {
    if (pointer == nullptr) { return; }
    void *block = static_cast<char *>(pointer) - budget_header;
    current_budget->used -= *static_cast<size_t *>(block);
    std::free(block);
}

inline void *budget_realloc(void *pointer, size_t bytes) {
    if (pointer == nullptr) { return budget_malloc(bytes); }
    void *block = static_cast<char *>(pointer) - budget_header;
    size_t before = *static_cast<size_t *>(block);
    // While it is copied both are there.
    if (!draw(bytes)) { return nullptr; }
    void *moved = std::realloc(block, bytes + budget_header);
    if (moved == nullptr) {
        current_budget->used -= bytes;
        return nullptr;
    }
    current_budget->used -= before;
    *static_cast<size_t *>(moved) = bytes;
    return static_cast<char *>(moved) + budget_header;
}

}  // namespace segdrift
