#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc and the aligned ones by this thread since it began.
///
/// Whatever links this counts: the allocator's entry points are wrapped, which costs an increment each.
uint64_t allocation_count(void);
