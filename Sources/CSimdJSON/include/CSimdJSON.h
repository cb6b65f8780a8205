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

/// Finds delimiters and line ends (LF, CR) in bytes from..<count, up to the first quote (negative: there is none).
/// - places: has room for `room` of them, at least 64.
/// - stop: set to the first byte that was not looked at.
/// Returns how many were found.
size_t segdrift_separators(
    const uint8_t *bytes, size_t from, size_t count, uint8_t delimiter, int quote, uint32_t *places, size_t room,
    size_t *stop);

/// Why a record was refused; `segdrift_json_ok` when it was not.
enum segdrift_json_code {
    segdrift_json_ok = 0,
    segdrift_json_invalid = 1,
    segdrift_json_utf8 = 2,
    segdrift_json_not_an_object = 3,
    /// There is nothing between two separators.
    segdrift_json_blank = 4,
    segdrift_json_too_deep = 5,
    segdrift_json_too_many_fields = 6,
    segdrift_json_nul = 7,
    segdrift_json_memory = 8,
    segdrift_json_too_long = 9,
};

/// A field's bytes. `offset` is UINT32_MAX, and `count` 0, when there are none: an absent member, or a null.
typedef struct segdrift_slice {
    uint32_t offset;
    uint32_t count;
} segdrift_slice;

/// Bytes of a block that hold one JSON text.
typedef struct segdrift_json_range {
    uint32_t start;
    uint32_t count;
} segdrift_json_range;

/// What was read from one range.
typedef struct segdrift_json_record {
    /// Its place in the block.
    uint32_t start;
    uint32_t count;
    /// First of its slices, and how many there are (none when refused).
    uint32_t first_slice;
    uint32_t slice_count;
    /// A `segdrift_json_code`.
    uint32_t code;
    /// Where in the record the error is, in bytes.
    uint32_t place;
    /// What is wrong, a constant; NULL when nothing is.
    const char *reason;
} segdrift_json_record;

/// What one call of `segdrift_json_parse` found. Valid until the next call.
typedef struct segdrift_json_batch {
    const segdrift_json_record *records;
    size_t record_count;
    /// Offsets count from `base` bytes before the block; those of unescaped texts go on behind its end.
    const segdrift_slice *slices;
    size_t slice_count;
    /// The unescaped texts.
    const uint8_t *text;
    size_t text_count;
} segdrift_json_batch;

typedef struct segdrift_json segdrift_json;

/// Bytes that must be readable behind every block.
#define SEGDRIFT_JSON_PADDING 64

/// A reader of JSON objects.
/// - record_bytes_max: longer records are not looked at.
/// - depth_max: nesting allowed, the outermost object is 1.
/// - fields_max: members allowed in one record, nested ones included.
/// - discover: 1 to number every member met, 0 to take only those added.
/// Returns NULL when there is no memory.
segdrift_json *segdrift_json_create(
    uint32_t record_bytes_max, uint32_t depth_max, uint32_t fields_max, int discover);
void segdrift_json_destroy(segdrift_json *reader);

/// Asks for a member: `a`, `a.b` for a nested one, `a.0` for one of an array. Returns its index in each record's
/// slices. Of a member that is there twice the last one is taken.
uint32_t segdrift_json_add_field(segdrift_json *reader, const uint8_t *name, size_t count);
/// Number of fields known.
uint32_t segdrift_json_field_count(const segdrift_json *reader);
/// Name of a field; valid until a field is added or a block parsed.
const uint8_t *segdrift_json_field_name(const segdrift_json *reader, uint32_t index, size_t *count);

/// Reads the records of a block, in order. An error costs its own record only.
/// At least SEGDRIFT_JSON_PADDING bytes behind the block must be readable; at most 1 GiB.
/// - base: added to all offsets.
void segdrift_json_parse(
    segdrift_json *reader, const uint8_t *block, size_t count, const segdrift_json_range *ranges, size_t range_count,
    uint32_t base, segdrift_json_batch *batch);

/// As `segdrift_json_parse`, of whole lines, the last one with or without its line feed.
void segdrift_json_parse_lines(
    segdrift_json *reader, const uint8_t *block, size_t count, uint32_t base, segdrift_json_batch *batch);

typedef struct segdrift_json_splitter segdrift_json_splitter;

/// Finds where the elements of an array end (1; its opening bracket is not part of the bytes), or where a lone
/// object ends (0). Returns NULL when there is no memory.
segdrift_json_splitter *segdrift_json_splitter_create(int is_array);
void segdrift_json_splitter_destroy(segdrift_json_splitter *splitter);

/// Goes on over the bytes from..<count. Sets the places of commas between elements and, closed then, of the closing
/// bracket: the last one. Valid until the next call. Returns how many there are.
size_t segdrift_json_split(
    segdrift_json_splitter *splitter, const uint8_t *bytes, size_t from, size_t count, const uint32_t **cuts,
    int *is_closed);

/// Checks that the bytes are one JSON text of any kind. Returns a `segdrift_json_code`, and where and why.
/// At least SEGDRIFT_JSON_PADDING bytes behind the text must be readable.
uint32_t segdrift_json_validate(
    const uint8_t *text, size_t count, uint32_t depth_max, size_t *place, const char **reason);

#ifdef __cplusplus
}
#endif

#endif
