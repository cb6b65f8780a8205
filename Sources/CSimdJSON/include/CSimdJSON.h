#ifndef SEGDRIFT_CSIMDJSON_H
#define SEGDRIFT_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Name of the instruction set simdjson chose at run time ("haswell", "westmere", "fallback", …).
const char *segdrift_simdjson_implementation(void);

/// 1 when the bytes are valid UTF-8.
int segdrift_utf8_valid(const uint8_t *bytes, size_t count);

/// Why a line was refused; `segdrift_json_ok` when it was not.
enum segdrift_json_code {
    segdrift_json_ok = 0,
    segdrift_json_invalid = 1,
    segdrift_json_utf8 = 2,
    segdrift_json_not_an_object = 3,
    segdrift_json_duplicate_key = 4,
    segdrift_json_too_deep = 5,
    segdrift_json_too_many_fields = 6,
    segdrift_json_nul = 7,
    segdrift_json_memory = 8,
};

/// A field's bytes in the text of the parse. `offset` is UINT32_MAX when there are none: `count` is then 0 for
/// an absent member and 1 for a null.
typedef struct segdrift_slice {
    uint32_t offset;
    uint32_t count;
} segdrift_slice;

/// One line that is not blank.
typedef struct segdrift_json_line {
    /// Place of the line in the block.
    uint32_t start;
    uint32_t count;
    /// First of its slices, and how many there are (none when refused).
    uint32_t first_slice;
    uint32_t slice_count;
    /// A `segdrift_json_code`.
    uint32_t code;
    /// Where in the line the error is, in bytes.
    uint32_t place;
    /// What is wrong, a constant; NULL when nothing is.
    const char *reason;
} segdrift_json_line;

/// What one call of `segdrift_ndjson_parse` found. Valid until the next call.
typedef struct segdrift_json_batch {
    const segdrift_json_line *lines;
    size_t line_count;
    const segdrift_slice *slices;
    size_t slice_count;
    const uint8_t *text;
    size_t text_count;
} segdrift_json_batch;

typedef struct segdrift_ndjson segdrift_ndjson;

/// Bytes that must be readable behind every block.
#define SEGDRIFT_JSON_PADDING 64

/// A reader of lines of JSON objects.
/// - depth_max: nesting allowed, the outermost object is 1.
/// - fields_max: members allowed in one line, nested ones included.
/// - discover: 1 to number every member met, 0 to take only those added.
/// Returns NULL when there is no memory.
segdrift_ndjson *segdrift_ndjson_create(uint32_t depth_max, uint32_t fields_max, int discover);
void segdrift_ndjson_destroy(segdrift_ndjson *reader);

/// Asks for a member: `a`, or `a.b` for a nested one. Returns its index in each line's slices.
uint32_t segdrift_ndjson_add_field(segdrift_ndjson *reader, const uint8_t *name, size_t count);
/// Number of fields known.
uint32_t segdrift_ndjson_field_count(const segdrift_ndjson *reader);
/// Name of a field; valid until a field is added or a block parsed.
const uint8_t *segdrift_ndjson_field_name(const segdrift_ndjson *reader, uint32_t index, size_t *count);

/// Reads every line of a block: whole lines, the last one with or without its newline.
/// At least SEGDRIFT_JSON_PADDING bytes behind the block must be readable; at most 1 GiB.
void segdrift_ndjson_parse(segdrift_ndjson *reader, const uint8_t *block, size_t count, segdrift_json_batch *batch);

/// Checks that the bytes are one JSON text of any kind. Returns a `segdrift_json_code`, and where and why.
/// At least SEGDRIFT_JSON_PADDING bytes behind the text must be readable.
uint32_t segdrift_json_validate(
    const uint8_t *text, size_t count, uint32_t depth_max, size_t *place, const char **reason);

#ifdef __cplusplus
}
#endif

#endif
