#include "CExpat.h"

#include "budget.h"
#include "member_tree.h"

#include <expat.h>

#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

using namespace segdrift;

namespace {

/// Between a namespace and a local name; no character of XML.
constexpr char name_separator = '\x01';
constexpr size_t sample_bytes = 256;
/// Elements that are open may exceed a record's depth by this much before the document is given up.
constexpr uint32_t depth_slack = 4096;

std::string_view local_name(const char *name) {
    std::string_view all(name);
    size_t at = all.rfind(name_separator);
    return at == std::string_view::npos ? all : all.substr(at + 1);
}

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// An element that is open inside a record.
struct Frame {
    /// Where it stands among the members asked for: a path may name it in several ways.
    std::vector<int32_t> nodes;
    /// Brothers met so far, by the node of their name.
    std::vector<std::pair<int32_t, uint32_t>> counts;
    std::string text;
    bool is_wanted = false;
    bool is_nil = false;

    void clear() {
        nodes.clear();
        counts.clear();
        text.clear();
        is_wanted = false;
        is_nil = false;
    }
};

}  // namespace

struct segdrift_xml {
    Budget budget;
    XML_Parser parser = nullptr;
    MemberTree tree;
    std::string record_name;
    size_t record_bytes_max;
    uint32_t depth_max;
    uint32_t fields_max;
    bool discover;

    std::vector<segdrift_xml_record> records;
    std::vector<segdrift_xml_slice> slices;
    std::vector<uint8_t> text;
    uint32_t base = 0;

    /// Elements that are open in the document.
    uint32_t depth = 0;
    uint32_t record_depth = 0;
    bool is_refused = false;
    uint32_t members = 0;
    segdrift_xml_record record{};
    std::vector<std::unique_ptr<Frame>> frames;
    uint32_t frame_count = 0;
    std::vector<segdrift_xml_slice> found;
    std::string found_text;
    std::string sample;
    bool has_records = false;
    bool has_others = false;
    std::string other_name;

    uint32_t failure = segdrift_xml_ok;
    std::string failure_reason;

    segdrift_xml(const char *name, size_t bytes_max, uint32_t depth, uint32_t fields, bool discover)
        : record_name(name == nullptr ? "" : local_part(name)), record_bytes_max(bytes_max), depth_max(depth),
          fields_max(fields), discover(discover) {
        budget.max = (size_t(8) << 20) + 6 * bytes_max;
    }

    static std::string local_part(std::string_view name) {
        size_t colon = name.rfind(':');
        return std::string(colon == std::string_view::npos ? name : name.substr(colon + 1));
    }

    uint64_t place() const { return uint64_t(XML_GetCurrentByteIndex(parser)); }

    void give_up(uint32_t code, std::string reason) {
        if (failure != segdrift_xml_ok) { return; }
        failure = code;
        failure_reason = std::move(reason);
        XML_StopParser(parser, XML_FALSE);
    }

    void refuse(uint32_t code, const char *reason) {
        if (is_refused) { return; }
        is_refused = true;
        record.code = code;
        record.reason = reason;
        record.error_place = place();
        found_text.clear();
        found_text.shrink_to_fit();
    }

    /// Whether the open record is still to be read.
    bool reads() {
        if (record_depth == 0 || is_refused) { return false; }
        if (place() - record.place > record_bytes_max) {
            refuse(segdrift_xml_too_long, "longer than a record may be");
            return false;
        }
        return true;
    }

    Frame &push() {
        if (frame_count == frames.size()) { frames.push_back(std::make_unique<Frame>()); }
        Frame &frame = *frames[frame_count++];
        frame.clear();
        return frame;
    }

    bool is_record(std::string_view name) const {
        if (record_depth != 0) { return false; }
        return record_name.empty() ? depth == 2 : name == record_name;
    }

    // MARK: Events

    void start(const char *full, const char **attributes) {
        depth++;
        if (depth > depth_max + depth_slack) {
            return give_up(segdrift_xml_too_deep, "elements are nested too deeply");
        }
        std::string_view name = local_name(full);
        if (record_depth == 0) {
            if (!is_record(name)) {
                if (depth == 2 && !has_others) {
                    has_others = true;
                    other_name = std::string(name.substr(0, 64));
                }
                return;
            }
            begin_record();
            read_attributes(attributes);
            return;
        }
        if (!reads()) { return; }
        if (depth - record_depth >= depth_max) {
            return refuse(segdrift_xml_too_deep, "elements are nested too deeply");
        }
        if (!count_member()) { return; }
        open_child(name);
        read_attributes(attributes);
    }

    void begin_record() {
        record_depth = depth;
        record = segdrift_xml_record{};
        record.place = place();
        is_refused = false;
        has_records = true;
        members = 0;
        found.assign(tree.fields.size(), segdrift_xml_slice{UINT32_MAX, 0});
        found_text.clear();
        sample.clear();
        int offset = 0;
        int size = 0;
        const char *context = XML_GetInputContext(parser, &offset, &size);
        if (context != nullptr && offset >= 0 && offset < size) {
            sample.assign(context + offset, size_t(size - offset) < sample_bytes ? size_t(size - offset) : sample_bytes);
        }
        frame_count = 0;
        push().nodes.push_back(0);
    }

    bool count_member() {
        if (++members <= fields_max && (!discover || tree.nodes.size() <= fields_max)) { return true; }
        refuse(segdrift_xml_too_many_fields, "too many members");
        return false;
    }

    void open_child(std::string_view name) {
        // Before push(): frames may move, the objects do not.
        Frame &parent = *frames[frame_count - 1];
        Frame &frame = push();
        for (int32_t above : parent.nodes) {
            int32_t node = discover ? tree.child_or_new(above, name) : tree.child(above, name);
            if (node == none) { continue; }
            uint32_t item = 0;
            bool is_known = false;
            for (auto &[counted, count] : parent.counts) {
                if (counted == node) {
                    item = ++count;
                    is_known = true;
                }
            }
            if (!is_known) { parent.counts.emplace_back(node, 0); }
            if (item == 0) { frame.nodes.push_back(node); }
            if (discover) { continue; }
            int32_t numbered = tree.child(node, item);
            if (numbered != none) { frame.nodes.push_back(numbered); }
        }
        for (int32_t node : frame.nodes) { frame.is_wanted = frame.is_wanted || discover || tree.nodes[size_t(node)].field != none; }
    }

    void read_attributes(const char **attributes) {
        Frame &frame = *frames[frame_count - 1];
        for (const char **next = attributes; *next != nullptr && !is_refused; next += 2) {
            if (!count_member()) { return; }
            std::string_view name = local_name(next[0]);
            std::string_view value(next[1]);
            std::string_view whole(next[0]);
            if (name == "nil" && whole.substr(0, whole.size() - name.size()).find("XMLSchema-instance") != std::string_view::npos) {
                frame.is_nil = value == "true" || value == "1";
                continue;
            }
            std::string key = "@" + std::string(name);
            for (int32_t above : frame.nodes) {
                int32_t node = discover ? tree.child_or_new(above, key) : tree.child(above, std::string_view(key));
                if (node != none) { set(node, value); }
            }
        }
    }

    void set(int32_t node, std::string_view value) {
        int32_t field = discover ? tree.field_at(node) : tree.nodes[size_t(node)].field;
        if (field == none) { return; }
        if (size_t(field) >= found.size()) { found.resize(tree.fields.size(), segdrift_xml_slice{UINT32_MAX, 0}); }
        segdrift_xml_slice &slice = found[size_t(field)];
        // The first of several.
        if (slice.offset != UINT32_MAX) { return; }
        slice = segdrift_xml_slice{uint32_t(found_text.size()), uint32_t(value.size())};
        found_text.append(value);
    }

    void characters(const char *bytes, int count) {
        if (record_depth == 0 || is_refused || !reads()) { return; }
        Frame &frame = *frames[frame_count - 1];
        if (frame.is_wanted) { frame.text.append(bytes, size_t(count)); }
    }

    void end() {
        bool is_record_end = record_depth == depth;
        depth--;
        if (record_depth == 0) { return; }
        if (is_record_end) {
            reads();
            return end_record();
        }
        if (is_refused || !reads()) { return; }
        Frame &frame = *frames[--frame_count];
        if (!frame.is_wanted || frame.is_nil) { return; }
        std::string_view value(frame.text);
        while (!value.empty() && blank(value.front())) { value.remove_prefix(1); }
        while (!value.empty() && blank(value.back())) { value.remove_suffix(1); }
        // An element that only holds others is no text.
        if (value.empty() && discover && has_children(frame)) { return; }
        for (int32_t node : frame.nodes) { set(node, value); }
    }

    bool has_children(const Frame &frame) const {
        for (int32_t node : frame.nodes) {
            if (tree.nodes[size_t(node)].has_children) { return true; }
        }
        return false;
    }

    void end_record() {
        record_depth = 0;
        uint64_t length = place() + uint64_t(XML_GetCurrentByteCount(parser)) - record.place;
        if (sample.size() > length) { sample.resize(size_t(length)); }
        record.raw = append(sample);
        record.first_slice = uint32_t(slices.size());
        if (!is_refused) {
            uint32_t shift = base + uint32_t(text.size());
            for (segdrift_xml_slice slice : found) {
                if (slice.offset != UINT32_MAX) { slice.offset += shift; }
                slices.push_back(slice);
            }
            text.insert(text.end(), found_text.begin(), found_text.end());
            record.slice_count = uint32_t(found.size());
        }
        records.push_back(record);
    }

    segdrift_xml_slice append(std::string_view bytes) {
        segdrift_xml_slice slice{base + uint32_t(text.size()), uint32_t(bytes.size())};
        text.insert(text.end(), bytes.begin(), bytes.end());
        return slice;
    }

    // MARK: Feeding

    void feed(const uint8_t *bytes, size_t count, bool is_last) {
        records.clear();
        slices.clear();
        text.clear();
        if (failure != segdrift_xml_ok) { return; }
        if (record_depth != 0 && sample.size() < sample_bytes) {
            size_t more = sample_bytes - sample.size() < count ? sample_bytes - sample.size() : count;
            sample.append(reinterpret_cast<const char *>(bytes), more);
        }
        BudgetScope scope(budget);
        if (XML_Parse(parser, reinterpret_cast<const char *>(bytes), int(count), is_last ? 1 : 0) != XML_STATUS_ERROR) {
            if (is_last && !has_records && has_others) {
                failure = segdrift_xml_no_record;
                failure_reason = "there is no element '" + record_name + "'; below the root there are elements '"
                                 + other_name + "': say which is a record with 'xml: {record: …}'";
            }
            return;
        }
        if (failure != segdrift_xml_ok) { return; }
        explain(XML_GetErrorCode(parser), is_last);
    }

    void explain(XML_Error error, bool is_last) {
        switch (error) {
        case XML_ERROR_NO_MEMORY:
            failure = budget.is_exceeded ? segdrift_xml_too_long : segdrift_xml_memory;
            failure_reason = budget.is_exceeded
                                 ? "a tag, an attribute or the names in the file need more memory than a record may"
                                 : "no memory to read XML";
            break;
        case XML_ERROR_NO_ELEMENTS:
        case XML_ERROR_UNCLOSED_TOKEN:
        case XML_ERROR_PARTIAL_CHAR:
        case XML_ERROR_UNCLOSED_CDATA_SECTION:
            failure = is_last ? segdrift_xml_truncated : segdrift_xml_invalid;
            failure_reason = "the XML document is not closed: the file is cut off, or a tag is missing";
            break;
        case XML_ERROR_UNDEFINED_ENTITY:
            failure = segdrift_xml_invalid;
            failure_reason = "a reference to an entity that XML does not know";
            break;
        default:
            failure = segdrift_xml_invalid;
            failure_reason = std::string("not well-formed XML: ") + XML_ErrorString(error);
        }
    }
};

namespace {

segdrift_xml *reader_of(void *data) { return static_cast<segdrift_xml *>(data); }

void on_start(void *data, const char *name, const char **attributes) { reader_of(data)->start(name, attributes); }
void on_end(void *data, const char *) { reader_of(data)->end(); }
void on_text(void *data, const char *bytes, int count) { reader_of(data)->characters(bytes, count); }

void on_doctype(void *data, const char *, const char *, const char *, int has_internal_subset) {
    if (has_internal_subset != 0) {
        reader_of(data)->give_up(
            segdrift_xml_dtd, "the document brings declarations of its own (<!DOCTYPE … [ … ]>), which are not read");
    }
}

void on_skipped_entity(void *data, const char *, int) {
    if (reader_of(data)->record_depth != 0) {
        reader_of(data)->refuse(segdrift_xml_unknown_entity, "a reference to an entity that is not declared here");
    }
}

}  // namespace

extern "C" {

segdrift_xml *segdrift_xml_create(
    const char *record, size_t record_bytes_max, uint32_t depth_max, uint32_t fields_max, int discover) {
    segdrift_xml *reader = new (std::nothrow) segdrift_xml(record, record_bytes_max, depth_max, fields_max, discover != 0);
    if (reader == nullptr) { return nullptr; }
    BudgetScope scope(reader->budget);
    XML_Memory_Handling_Suite memory{budget_malloc, budget_realloc, budget_free};
    char separator[2] = {name_separator, 0};
    reader->parser = XML_ParserCreate_MM("UTF-8", &memory, separator);
    if (reader->parser == nullptr) {
        delete reader;
        return nullptr;
    }
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    XML_SetSkippedEntityHandler(reader->parser, on_skipped_entity);
    return reader;
}

void segdrift_xml_destroy(segdrift_xml *reader) {
    if (reader == nullptr) { return; }
    {
        BudgetScope scope(reader->budget);
        XML_ParserFree(reader->parser);
    }
    delete reader;
}

uint32_t segdrift_xml_add_field(segdrift_xml *reader, const char *name, size_t count) {
    return reader->tree.add(std::string_view(name, count));
}

uint32_t segdrift_xml_field_count(const segdrift_xml *reader) { return uint32_t(reader->tree.fields.size()); }

const char *segdrift_xml_field_name(const segdrift_xml *reader, uint32_t index, size_t *count) {
    const std::string &name = reader->tree.fields[index];
    *count = name.size();
    return name.data();
}

void segdrift_xml_feed(
    segdrift_xml *reader, const uint8_t *bytes, size_t count, int is_last, uint32_t base, segdrift_xml_batch *batch) {
    reader->base = base;
    reader->feed(bytes, count, is_last != 0);
    batch->records = reader->records.data();
    batch->record_count = reader->records.size();
    batch->slices = reader->slices.data();
    batch->slice_count = reader->slices.size();
    batch->text = reader->text.data();
    batch->text_count = reader->text.size();
    batch->code = reader->failure;
    batch->reason = reader->failure_reason.c_str();
    batch->place = reader->place();
    batch->line = uint64_t(XML_GetCurrentLineNumber(reader->parser));
    batch->column = uint64_t(XML_GetCurrentColumnNumber(reader->parser)) + 1;
}
}
