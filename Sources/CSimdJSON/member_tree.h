#pragma once

// The members asked for, as a tree over names, and the numbering of fields. Shared by the readers of JSON and XML.

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace segdrift {

constexpr int32_t none = -1;

/// Hash of a key. At least 8 bytes behind the key must be readable.
inline uint64_t hash_key(const uint8_t *bytes, size_t count) {
    uint64_t hash = 0x9e3779b97f4a7c15ULL ^ (count * 0xff51afd7ed558ccdULL);
    size_t left = count;
    while (left >= 8) {
        uint64_t word;
        std::memcpy(&word, bytes, 8);
        hash = (hash ^ word) * 0xc4ceb9fe1a85ec53ULL;
        hash ^= hash >> 29;
        bytes += 8;
        left -= 8;
    }
    if (left > 0) {
        uint64_t word;
        std::memcpy(&word, bytes, 8);
        word &= (~0ULL) >> (64 - 8 * left);
        hash = (hash ^ word) * 0xc4ceb9fe1a85ec53ULL;
        hash ^= hash >> 32;
    }
    return hash;
}

class MemberTree {
public:
    struct Node {
        std::string path;
        int32_t parent = none;
        int32_t field = none;
        /// The last record in which the member was met, as its reader counts them.
        uint32_t epoch = 0;
        bool has_children = false;
    };

    MemberTree() : nodes(1), table(64, Entry{}) {}

    /// Numbers a field; a dot may be part of a key or go down one level, so each reading gets a branch.
    uint32_t add(std::string_view name) {
        for (uint32_t i = 0; i < fields.size(); i++) {
            if (fields[i] == name) { return i; }
        }
        uint32_t field = uint32_t(fields.size());
        fields.emplace_back(name);
        branch(0, name, int32_t(field));
        return field;
    }

    /// The child of a node by key; `none` when nobody asked for it.
    int32_t child(int32_t parent, const uint8_t *key, size_t count, uint64_t hash) const {
        uint64_t mixed = mix(parent, hash);
        for (size_t i = mixed & (table.size() - 1);; i = (i + 1) & (table.size() - 1)) {
            const Entry &entry = table[i];
            if (entry.node == none) { return none; }
            if (entry.hash == mixed && entry.parent == parent && entry.key.size() == count
                && std::memcmp(entry.key.data(), key, count) == 0) {
                return entry.node;
            }
        }
    }

    /// The child of a node by a key that may end anywhere.
    int32_t child(int32_t parent, std::string_view key) const {
        return child(parent, reinterpret_cast<const uint8_t *>(key.data()), key.size(), hash_of(key));
    }

    /// The child of a node by its place among its brothers.
    int32_t child(int32_t parent, uint32_t item) const { return child(parent, std::string_view(std::to_string(item))); }

    /// The child of a node by key, made when it is new.
    int32_t child_or_new(int32_t parent, std::string_view key, uint64_t hash) {
        int32_t found = child(parent, reinterpret_cast<const uint8_t *>(key.data()), key.size(), hash);
        if (found != none) { return found; }
        Node node;
        node.parent = parent;
        node.path = nodes[size_t(parent)].path.empty() ? std::string(key)
                                                       : nodes[size_t(parent)].path + "." + std::string(key);
        nodes.push_back(node);
        nodes[size_t(parent)].has_children = true;
        int32_t made = int32_t(nodes.size() - 1);
        insert(Entry{mix(parent, hash), parent, made, std::string(key)});
        return made;
    }

    int32_t child_or_new(int32_t parent, std::string_view key) { return child_or_new(parent, key, hash_of(key)); }

    /// The field at a node, numbered when it has none yet (`a.b` as a key and as a path are one field).
    int32_t field_at(int32_t node) {
        if (nodes[size_t(node)].field == none) {
            const std::string &path = nodes[size_t(node)].path;
            int32_t field = none;
            for (uint32_t i = 0; i < fields.size() && field == none; i++) {
                if (fields[i] == path) { field = int32_t(i); }
            }
            if (field == none) {
                field = int32_t(fields.size());
                fields.push_back(path);
            }
            nodes[size_t(node)].field = field;
        }
        return nodes[size_t(node)].field;
    }

    /// Whether a node lies below another one.
    bool is_below(int32_t node, int32_t above) const {
        while (node > above) { node = nodes[size_t(node)].parent; }
        return node == above;
    }

    std::vector<Node> nodes;
    std::vector<std::string> fields;

private:
    struct Entry {
        uint64_t hash = 0;
        int32_t parent = none;
        int32_t node = none;
        std::string key;
    };

    static uint64_t mix(int32_t parent, uint64_t hash) {
        return hash ^ (uint64_t(uint32_t(parent)) * 0x9e3779b97f4a7c15ULL);
    }

    /// Of a key that may end anywhere: padded, because hash_key reads words.
    static uint64_t hash_of(std::string_view key) {
        uint8_t few[72] = {0};
        if (key.size() <= 64) {
            std::memcpy(few, key.data(), key.size());
            return hash_key(few, key.size());
        }
        std::string padded(key);
        padded.append(8, '\0');
        return hash_key(reinterpret_cast<const uint8_t *>(padded.data()), key.size());
    }

    void branch(int32_t parent, std::string_view rest, int32_t field) {
        nodes[size_t(child_or_new(parent, rest))].field = field;
        int branches = 0;
        for (size_t dot = rest.find('.'); dot != std::string_view::npos && branches < 8; dot = rest.find('.', dot + 1)) {
            branch(child_or_new(parent, rest.substr(0, dot)), rest.substr(dot + 1), field);
            branches++;
        }
    }

    void insert(Entry entry) {
        used++;
        if (used * 2 > table.size()) {
            std::vector<Entry> old(table.size() * 2, Entry{});
            old.swap(table);
            for (Entry &moved : old) {
                if (moved.node != none) { place(std::move(moved)); }
            }
        }
        place(std::move(entry));
    }

    void place(Entry entry) {
        size_t i = entry.hash & (table.size() - 1);
        while (table[i].node != none) { i = (i + 1) & (table.size() - 1); }
        table[i] = std::move(entry);
    }

    std::vector<Entry> table;
    size_t used = 0;
};

}  // namespace segdrift
