public import DriftFormats
public import DriftModel

/// A source's mapping compiled against a model: what each record of its files means. Immutable, shareable.
public struct SourcePlan: Sendable {
    /// The configuration it was compiled from.
    public let source: SourceConfiguration
    /// How the source's files are read. The encoding is that of the configuration, UTF-8 under `auto`.
    public private(set) var reader: ReaderOptions
    /// Changes exactly when the mapping does: kept in the ledger with each file.
    public let mappingID: String
    /// Columns the mapping cannot do without, by index into ``fieldNames``, ascending.
    public let requiredFields: [Int]

    /// Names of the file's fields that expressions read; the decoder hands out these.
    public var fieldNames: [String] { inputs.dropFirst(Self.builtInCount).map(\.name) }

    let inputs: [ExpressionSchema.Input]
    let zone: ZoneRules
    let nullTokens: NullTokens
    let skip: Compiled?
    let customer: Compiled
    let type: Compiled
    let at: AtProgram
    let id: Compiled?
    /// By event type of the model: one program per cell; nil: NULL.
    let ownCells: [[CellProgram?]]
    let also: [Also]
    /// UTF-8 of the model's event type names, by index.
    let typeNames: [[UInt8]]

    /// `_file`, `_record`, `_received_at` come before the file's fields.
    static let builtInCount = 3

    /// A program behind one reference: handing it over for each record costs one count, not one per array in it.
    final class Compiled: Sendable {
        let program: Program
        /// How it is worked out without the evaluator; nil: it is not.
        let shortcut: Program.Shortcut?

        init(_ program: Program) {
            self.program = program
            shortcut = program.shortcut
        }
    }

    final class CellProgram: Sendable {
        let compiled: Compiled
        let name: String
        let type: ValueType

        init(program: Program, name: String, type: ValueType) {
            compiled = Compiled(program)
            self.name = name
            self.type = type
        }
    }

    final class Also: Sendable {
        let type: Compiled
        /// As ``ownCells``.
        let cells: [[CellProgram?]]

        init(type: Program, cells: [[CellProgram?]]) {
            self.type = Compiled(type)
            self.cells = cells
        }
    }

    /// How the record's instant comes out of its expression.
    enum AtProgram: Sendable {
        case timestamp(Compiled)
        /// A text, read as RFC 3339, a local date or time, or an epoch.
        case text(Compiled)
    }

    /// Compiles.
    /// - Parameters:
    ///   - source: What the configuration says.
    ///   - model: The model that records are for.
    ///   - zone: The rules of the model's time zone.
    ///   - zones: Finds the rules of a zone named in an expression.
    /// - Throws: ``Diagnostics`` with everything that is wrong, at its place in the configuration.
    public init(
        source: SourceConfiguration, model: Model, zone: ZoneRules,
        zones: @escaping @Sendable (String) -> ZoneRules?
    ) throws(Diagnostics) {
        var compiler = SourcePlanCompiler(source: source, model: model, zone: zone, zones: zones)
        self = try compiler.compile()
    }

    /// The same for files that may have been compressed in the archive: however small they became, they are no bombs.
    public var forArchive: SourcePlan {
        var plan = self
        plan.reader.limits.ratioMax = .max
        return plan
    }

    init(
        source: SourceConfiguration, reader: ReaderOptions, mappingID: String, requiredFields: [Int],
        inputs: [ExpressionSchema.Input], zone: ZoneRules, skip: Program?, customer: Program, type: Program,
        at: AtProgram, id: Program?, ownCells: [[CellProgram?]], also: [Also], typeNames: [[UInt8]]
    ) {
        self.source = source
        self.reader = reader
        self.mappingID = mappingID
        self.requiredFields = requiredFields
        self.inputs = inputs
        self.zone = zone
        self.nullTokens = NullTokens(source.nullTokens)
        self.skip = skip.map(Compiled.init)
        self.customer = Compiled(customer)
        self.type = Compiled(type)
        self.at = at
        self.id = id.map(Compiled.init)
        self.ownCells = ownCells
        self.also = also
        self.typeNames = typeNames
    }
}

/// Texts that mean NULL, compared byte by byte.
struct NullTokens: Sendable {
    private let tokens: [[UInt8]]
    /// Bit n: there is a token of n bytes; longer ones share the highest bit.
    private let lengths: UInt64

    init(_ texts: [String]) {
        tokens = texts.map { Array($0.utf8) }
        lengths = tokens.reduce(0) { $0 | 1 << UInt64(min($1.count, 63)) }
    }

    @inline(__always)
    func contain(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        guard lengths >> UInt64(min(range.count, 63)) & 1 == 1 else { return false }
        return compare(bytes, range)
    }

    private func compare(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
        for token in tokens where token.count == range.count {
            var index = 0
            while index < token.count, token[index] == bytes[range.lowerBound + index] { index += 1 }
            if index == token.count { return true }
        }
        return false
    }
}
