#ifndef SEGDRIFT_CEXPAT_H
#define SEGDRIFT_CEXPAT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Why a record, or the whole file, was refused; `segdrift_xml_ok` when it was not.
enum segdrift_xml_code {
    segdrift_xml_ok = 0,
    segdrift_xml_invalid = 1,
    segdrift_xml_truncated = 2,
    segdrift_xml_dtd = 3,
    segdrift_xml_too_deep = 4,
    segdrift_xml_too_long = 5,
    segdrift_xml_too_many_fields = 6,
    segdrift_xml_unknown_entity = 7,
    segdrift_xml_no_record = 8,
    segdrift_xml_memory = 9,
};

/// Bytes in the text of a batch; `offset` is UINT32_MAX when there are none.
typedef struct segdrift_xml_slice {
    uint32_t offset;
    uint32_t count;
} segdrift_xml_slice;

/// One record element.
typedef struct segdrift_xml_record {
    /// Where its start tag begins in the document, in bytes.
    uint64_t place;
    /// First of its slices, and how many there are (none when refused).
    uint32_t first_slice;
    uint32_t slice_count;
    /// Its first bytes as they are.
    segdrift_xml_slice raw;
    /// A `segdrift_xml_code`.
    uint32_t code;
    /// Where in the document the error is.
    uint64_t error_place;
    /// What is wrong, a constant; NULL when nothing is.
    const char *reason;
} segdrift_xml_record;

/// What one call of `segdrift_xml_feed` found. Valid until the next call.
typedef struct segdrift_xml_batch {
    const segdrift_xml_record *records;
    size_t record_count;
    /// Offsets have `base` added.
    const segdrift_xml_slice *slices;
    size_t slice_count;
    const uint8_t *text;
    size_t text_count;
    /// Why the document cannot be read on: a `segdrift_xml_code`, what is wrong, and where.
    uint32_t code;
    const char *reason;
    uint64_t place;
    uint64_t line;
    uint64_t column;
} segdrift_xml_batch;

typedef struct segdrift_xml segdrift_xml;

/// A reader of one document, given as UTF-8 whatever its declaration says.
/// - record: local name of the element that is a record; NULL or empty: the children of the root.
/// - record_bytes_max, depth_max, fields_max: limits of a record; a record's own element has depth 1. Memory is
///   bounded by a few times record_bytes_max.
/// - discover: 1 to number every member met, 0 to take only those added.
/// Returns NULL when there is no memory.
segdrift_xml *segdrift_xml_create(
    const char *record, size_t record_bytes_max, uint32_t depth_max, uint32_t fields_max, int discover);
void segdrift_xml_destroy(segdrift_xml *reader);

/// Asks for a member: `a` or `a.b` is the text of an element, `@x` or `a.@x` an attribute, `a.1` the second of
/// several elements `a`. Returns its index in each record's slices.
uint32_t segdrift_xml_add_field(segdrift_xml *reader, const char *name, size_t count);
uint32_t segdrift_xml_field_count(const segdrift_xml *reader);
/// Name of a field; valid until a field is added or a block fed.
const char *segdrift_xml_field_name(const segdrift_xml *reader, uint32_t index, size_t *count);

/// Reads on.
/// - base: added to the offsets of texts.
void segdrift_xml_feed(
    segdrift_xml *reader, const uint8_t *bytes, size_t count, int is_last, uint32_t base, segdrift_xml_batch *batch);

#ifdef __cplusplus
}
#endif

#endif
