/// Syslog's levels; the smaller the worse.
public enum JournalPriority: UInt8, Hashable, Sendable, CaseIterable {
    case emergency = 0
    case alert, critical, error, warning, notice, info, debug

    /// The word for people.
    public var word: String {
        switch self {
        case .emergency: "emergency"
        case .alert: "alert"
        case .critical: "critical"
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        case .debug: "debug"
        }
    }
}

/// A name of a journal field: capital letters, digits and underscores, not starting with an underscore.
///
/// Names come from the source code, never from data: hostile input can then fill values, not invent fields.
public struct JournalFieldName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// - Precondition: `name` is a valid field name of at most 64 bytes.
    public init(_ name: StaticString) {
        let text = "\(name)"
        precondition(Self.isValid(text), "'\(text)' is no journal field name")
        description = text
    }

    /// `SEGDRIFT_` and the key in capitals, everything that a name cannot hold replaced by `_`: for the keys of
    /// log metadata, which are literals in our code.
    public init(metadataKey key: String) {
        let letters = key.utf8.prefix(55).map { byte -> Character in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): Character(UnicodeScalar(byte - 32))
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                Character(UnicodeScalar(byte))
            default: "_"
            }
        }
        description = "SEGDRIFT_" + String(letters)
    }

    private static func isValid(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "_"), text.utf8.count <= 64 else { return false }
        return text.utf8.allSatisfy { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "_")
        }
    }
}

/// The constant that names a kind of message, by which the catalogue explains it (`journalctl -x`).
public struct JournalMessageID: Hashable, Sendable, CustomStringConvertible {
    /// 32 hexadecimal digits.
    public let description: String

    /// - Precondition: `hex` is 32 lower-case hexadecimal digits.
    public init(_ hex: StaticString) {
        let text = "\(hex)"
        precondition(text.utf8.count == 32 && text.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        description = text
    }
}

/// One message with its fields.
public struct JournalEntry: Hashable, Sendable {
    /// One field: a name and any bytes.
    public struct Field: Hashable, Sendable {
        public var name: JournalFieldName
        /// Any bytes: the journal takes them as they are.
        public var value: [UInt8]

        public init(_ name: JournalFieldName, _ value: [UInt8]) {
            self.name = name
            self.value = value
        }

        public init(_ name: JournalFieldName, _ value: String) {
            self.init(name, Array(value.utf8))
        }
    }

    public var priority: JournalPriority
    /// A sentence for people.
    public var message: String
    public var messageID: JournalMessageID?
    /// Each name once: of repeated ones the first counts, since readers trip over arrays.
    public var fields: [Field]
    /// What the text form adds to the message ("file=x.csv"); the journal has it in the fields.
    public var textSuffix: String

    public init(
        priority: JournalPriority, message: String, messageID: JournalMessageID? = nil, fields: [Field] = [],
        textSuffix: String = ""
    ) {
        self.priority = priority
        self.message = message
        self.messageID = messageID
        self.fields = fields
        self.textSuffix = textSuffix
    }

    /// `NAME=value` of every field, in order, each name once.
    func assignments(identifier: String) -> [[UInt8]] {
        var result: [[UInt8]] = [
            Array("MESSAGE=\(message)".utf8), Array("PRIORITY=\(priority.rawValue)".utf8),
            Array("SYSLOG_IDENTIFIER=\(identifier)".utf8),
        ]
        if let messageID { result.append(Array("MESSAGE_ID=\(messageID)".utf8)) }
        var seen: Set<String> = ["MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "MESSAGE_ID"]
        for field in fields where seen.insert(field.name.description).inserted {
            result.append(Array("\(field.name)=".utf8) + field.value)
        }
        return result
    }
}
