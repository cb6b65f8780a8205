import DriftEngine
import DriftFormats
import DriftModel

/// Compiles the expressions of one source, collecting every error.
struct SourcePlanCompiler {
    private let source: SourceConfiguration
    private let model: Model
    private let zone: ZoneRules
    private var schema: ExpressionSchema
    private var problems: [Diagnostic] = []
    /// Input indexes that the file must have as columns.
    private var required: Set<Int> = []
    /// What the mapping says, in canonical form.
    private var canonical: [String] = []

    init(
        source: SourceConfiguration, model: Model, zone: ZoneRules,
        zones: @escaping @Sendable (String) -> ZoneRules?
    ) {
        self.source = source
        self.model = model
        self.zone = zone
        schema = ExpressionSchema(
            inputs: [
                .init(name: "_file", type: .text), .init(name: "_record", type: .number),
                .init(name: "_received_at", type: .timestamp),
            ], open: true, inputNoun: "field", zone: zone, zones: zones)
    }

    mutating func compile() throws(Diagnostics) -> SourcePlan {
        let skip = source.skip.flatMap { program($0, expecting: .boolean, as: "skip") }
        let mapping = source.map
        let customer = program(mapping?.customer ?? column("customer"), expecting: .text, as: "customer")
        let type = program(mapping?.type ?? column("type"), expecting: .text, as: "type")
        let at = atProgram(mapping?.at ?? column("at"))
        let id = mapping.map { $0.id.flatMap { program($0, expecting: .text, as: "id") } } ?? defaultID()
        let ownCells = mapping.map { cells($0.fields, in: "map") } ?? defaultCells()
        let also = source.also.enumerated().compactMap { index, event -> SourcePlan.Also? in
            let place = "also \(index + 1)"
            let cells = cells(event.fields, in: place)
            return program(event.type, expecting: .text, as: "\(place) type").map { .init(type: $0, cells: cells) }
        }
        let reader = readerOptions()
        guard problems.isEmpty, let customer, let type, let at else { throw Diagnostics(problems) }
        return SourcePlan(
            source: source, reader: reader, mappingID: identity(),
            requiredFields: required.filter { $0 >= SourcePlan.builtInCount }.map { $0 - SourcePlan.builtInCount }
                .sorted(),
            inputs: schema.inputs, zone: zone, skip: skip, customer: customer, type: type, at: at, id: id,
            ownCells: ownCells, also: also, typeNames: model.eventTypes.map { Array($0.name.utf8) })
    }

    // MARK: Expressions

    /// A field of the file as an expression, for sources without `map`.
    private func column(_ name: String, _ wrap: (String) -> String = { $0 }) -> PositionedText {
        let place = source.skip ?? PositionedText("")
        let quoted =
            "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
        return PositionedText(wrap(quoted), file: place.file)
    }

    /// nil also when the expression is the literal NULL.
    private mutating func compiled(
        _ text: PositionedText, expecting type: ValueType?, as name: String, isRequired: Bool = true
    ) -> CompiledExpression? {
        do {
            let result = try ExpressionCompiler.compile(text.text, schema: &schema, expecting: type)
            if isRequired { required.formUnion(result.inputs) }
            canonical.append("\(name): \(result.canonical)")
            return result
        } catch {
            problems.append(text.diagnostic(error))
            return nil
        }
    }

    private mutating func program(
        _ text: PositionedText, expecting type: ValueType?, as name: String, isRequired: Bool = true
    ) -> Program? {
        compiled(text, expecting: type, as: name, isRequired: isRequired)?.program
    }

    private mutating func atProgram(_ text: PositionedText) -> SourcePlan.AtProgram? {
        guard let result = compiled(text, expecting: nil, as: "at") else { return nil }
        switch result.type {
        case .timestamp: return .timestamp(SourcePlan.Compiled(result.program))
        case .text: return .text(SourcePlan.Compiled(result.program))
        case .date:
            let wrapped = PositionedText("timestamp(\(text.text))", file: text.file, anchors: text.anchors)
            return program(wrapped, expecting: .timestamp, as: "at").map { .timestamp(SourcePlan.Compiled($0)) }
        case nil:
            problems.append(
                text.diagnostic(.error, "'at' is NULL for every record", hint: "give the field with the event's time"))
            return nil
        case .number, .boolean:
            problems.append(
                text.diagnostic(
                    .error, "'at' must be a timestamp or a text, but is a \(result.type?.rawValue ?? "value")",
                    hint:
                        "timestamp(field, 'format'), or the field itself (RFC 3339, dates, epoch seconds or milliseconds)"
                ))
            return nil
        }
    }

    /// The `id` column is optional where nothing is mapped.
    private mutating func defaultID() -> Program? {
        program(column("id"), expecting: .text, as: "id", isRequired: false)
    }

    // MARK: Cells

    /// Programs for the cells of each event type: its fields, then the attributes it sets.
    private mutating func cells(_ mappings: [FieldMapping], in place: String) -> [[SourcePlan.CellProgram?]] {
        var fields: [String: SourcePlan.CellProgram] = [:]
        var attributes: [String: SourcePlan.CellProgram] = [:]
        for mapping in mappings {
            let name = mapping.name.text
            let field = model.fields.first { $0.name == name }
            let attribute = model.attributes.first { $0.name == name }
            if field == nil && attribute == nil {
                let known = model.fields.map(\.name) + model.attributes.map(\.name)
                problems.append(
                    mapping.name.diagnostic(
                        .error, "the model has no event field or attribute '\(name)'",
                        hint: DidYouMean.hint(for: name, among: ["customer", "type", "at", "id"] + known)))
            }
            if let field {
                fields[name] = cell(mapping.expression, name, field.type, "\(place) field \(name)")
            }
            if let attribute {
                let isSame = field?.type == attribute.type
                attributes[name] =
                    isSame ? fields[name] : cell(mapping.expression, name, attribute.type, "\(place) attribute \(name)")
            }
        }
        return layout(fields, attributes)
    }

    private mutating func cell(
        _ text: PositionedText, _ name: String, _ type: ValueType, _ place: String, isRequired: Bool = true
    ) -> SourcePlan.CellProgram? {
        guard let result = compiled(text, expecting: type, as: place, isRequired: isRequired), result.type != nil else {
            return nil
        }
        return SourcePlan.CellProgram(program: result.program, name: name, type: type)
    }

    private func layout(
        _ fields: [String: SourcePlan.CellProgram], _ attributes: [String: SourcePlan.CellProgram]
    ) -> [[SourcePlan.CellProgram?]] {
        model.eventTypes.map { type in
            type.fields.map { fields[model.fields[$0].name] } + type.sets.map { attributes[model.attributes[$0].name] }
        }
    }

    /// Without `map`, fields of the file named like the model's are taken as they are; they may be absent.
    private mutating func defaultCells() -> [[SourcePlan.CellProgram?]] {
        var fields: [String: SourcePlan.CellProgram] = [:]
        var attributes: [String: SourcePlan.CellProgram] = [:]
        for field in model.fields { fields[field.name] = defaultCell(field.name, field.type) }
        for attribute in model.attributes { attributes[attribute.name] = defaultCell(attribute.name, attribute.type) }
        return layout(fields, attributes)
    }

    private mutating func defaultCell(_ name: String, _ type: ValueType) -> SourcePlan.CellProgram? {
        let text = column(name) { quoted in
            switch type {
            case .text: quoted
            case .number: "number(\(quoted))"
            case .date: "date(\(quoted))"
            case .timestamp: "timestamp(\(quoted))"
            case .boolean: "CAST(\(quoted) AS BOOLEAN)"
            }
        }
        return cell(text, name, type, "field \(name)", isRequired: false)
    }

    // MARK: Reading

    private func readerOptions() -> ReaderOptions {
        var options = ReaderOptions(limits: formatLimits())
        let names = schema.inputs.dropFirst(SourcePlan.builtInCount).map(\.name)
        options.selection = .only(Array(names))
        options.csv = CSVDialect(
            delimiter: source.csv.delimiter, quote: source.csv.quote, hasHeader: source.csv.header)
        switch source.format {
        case .csv: options.format = .csv
        case .tsv:
            options.format = .csv
            options.csv.delimiter = source.csv.delimiter ?? UInt8(ascii: "\t")
        case .ndjson: options.format = .ndjson
        case .auto: options.format = nil
        case .json: options.format = .json
        case .xml: options.format = .xml
        }
        options.xmlRecord = source.xml.record
        options.isEncodingAssumed = source.encoding == .auto
        options.encoding = source.encoding.text
        return options
    }

    private func formatLimits() -> FormatLimits {
        FormatLimits(
            recordBytesMax: Int(clamping: source.limits.recordBytes), fieldsMax: source.limits.fields,
            depthMax: source.limits.depth, decompressedBytesMax: source.limits.decompressedBytes,
            ratioMax: Int64(max(1, min(source.limits.ratio, 1e9))))
    }

    private func identity() -> String {
        var hash = StableHash()
        let facts =
            canonical + source.nullTokens.map { "null \($0)" } + [
                "trust \(source.trust.rawValue)", "zone \(zone.name)",
            ]
        for fact in facts {
            hash.combine(Array(fact.utf8).span)
            hash.combine(UInt8(0))
        }
        let digits = String(hash.finalize(), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
