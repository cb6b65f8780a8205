import DriftStore

/// File names as bytes: they need not be text.
public enum FileName {
    /// Longest ``sanitised(_:)`` name.
    public static let sanitisedBytesMax = 100

    /// Whether a name belongs to a file that is still being written, by the spool's contract with its producers.
    public static func isIgnored(_ name: [UInt8]) -> Bool {
        if name.first == UInt8(ascii: ".") { return true }
        return [".tmp", ".part", "~", "._COPYING_"].contains { hasSuffix(name, $0) }
    }

    static func hasSuffix(_ name: [UInt8], _ suffix: String) -> Bool {
        let bytes = Array(suffix.utf8)
        return name.count >= bytes.count && Array(name.suffix(bytes.count)) == bytes
    }

    /// Printable ASCII of at most 100 bytes: letters, digits and `. _ -` stay, all else becomes `_`. A long name
    /// keeps its beginning and its end. Never empty, never begins with a dot or a dash.
    public static func sanitised(_ name: [UInt8]) -> String {
        var safe = name.map { isSafe($0) ? $0 : UInt8(ascii: "_") }
        if safe.count > sanitisedBytesMax {
            safe = safe.prefix(60) + [UInt8(ascii: "_")] + safe.suffix(sanitisedBytesMax - 61)
        }
        if let first = safe.first, first == UInt8(ascii: ".") || first == UInt8(ascii: "-") {
            safe[0] = UInt8(ascii: "_")
        }
        return safe.isEmpty ? "_" : String(decoding: safe, as: UTF8.self)
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// For messages, as the ledger shows it.
    public static func display(_ name: [UInt8]) -> String { DisplayName.escaped(name) }
}

/// A pattern of file names: `*` any bytes, `?` any one, `[a-z]` and `[!a-z]` one of a set.
public struct Glob: Hashable, Sendable {
    private let pattern: [UInt8]

    public init(_ pattern: String) {
        self.pattern = Array(pattern.utf8)
    }

    /// - Complexity: O(pattern · name).
    public func matches(_ name: [UInt8]) -> Bool {
        var patternIndex = 0
        var nameIndex = 0
        var retry: (pattern: Int, name: Int)?
        while nameIndex < name.count {
            if patternIndex < pattern.count, pattern[patternIndex] == UInt8(ascii: "*") {
                retry = (patternIndex + 1, nameIndex)
                patternIndex += 1
            } else if let next = one(patternIndex, matches: name[nameIndex]) {
                patternIndex = next
                nameIndex += 1
            } else if let last = retry {
                retry = (last.pattern, last.name + 1)
                patternIndex = last.pattern
                nameIndex = last.name + 1
            } else {
                return false
            }
        }
        return pattern[patternIndex...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The place behind the one-byte pattern at `index` if it matches; nil if not.
    private func one(_ index: Int, matches byte: UInt8) -> Int? {
        guard index < pattern.count else { return nil }
        switch pattern[index] {
        case UInt8(ascii: "?"): return index + 1
        case UInt8(ascii: "["):
            guard let set = set(from: index + 1) else { return pattern[index] == byte ? index + 1 : nil }
            return set.contains(byte) ? set.next : nil
        default: return pattern[index] == byte ? index + 1 : nil
        }
    }

    private struct ByteSet {
        var ranges: [ClosedRange<UInt8>]
        var isNegated: Bool
        var next: Int
        func contains(_ byte: UInt8) -> Bool { ranges.contains { $0.contains(byte) } != isNegated }
    }

    /// The set that begins behind a bracket; nil when the bracket is not closed.
    private func set(from start: Int) -> ByteSet? {
        var index = start
        var set = ByteSet(ranges: [], isNegated: false, next: 0)
        if index < pattern.count, pattern[index] == UInt8(ascii: "!") || pattern[index] == UInt8(ascii: "^") {
            set.isNegated = true
            index += 1
        }
        let first = index
        while index < pattern.count {
            let low = pattern[index]
            if low == UInt8(ascii: "]"), index > first {
                set.next = index + 1
                return set
            }
            var high = low
            if index + 2 < pattern.count, pattern[index + 1] == UInt8(ascii: "-"),
                pattern[index + 2] != UInt8(ascii: "]")
            {
                high = pattern[index + 2]
                index += 2
            }
            if low <= high { set.ranges.append(low...high) }
            index += 1
        }
        return nil
    }
}
