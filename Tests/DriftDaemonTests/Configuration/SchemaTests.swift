import DriftModel
import Foundation
import Testing

/// The JSON Schemas under `config/` accept what the loaders accept.
@Suite struct Schemas {
    @Test func theyAcceptWhatTheLoadersAccept() throws {
        var documents = [("segdrift", try repositoryText("config/segdrift.yaml"))]
        documents.append(("model", try repositoryText("config/models/retail.yaml")))
        for name in ["retail", "reference", "bank"] {
            if let text = sharedText("examples/\(name).yaml") { documents.append(("model", text)) }
        }
        for (schema, text) in documents {
            guard let problems = try validate(text, schema: schema) else { return }
            #expect(problems == "")
        }
    }

    @Test(arguments: [
        ("segdrift", "modell: x"), ("segdrift", "model: x\nsources: [{directory: y}]"),
        ("model", "model: x"), ("model", "model: x\nevents: {p: {}}\nsegmentations: {}"),
        ("model", "model: x\nevents: {p: {}}\nfeatures: {a: {cuont: p}}\nsegmentations: {v: {segments: [{id: r}]}}"),
    ])
    func theyRefuseWhatIsWrong(_ schema: String, _ text: String) throws {
        guard let problems = try validate(text, schema: schema) else { return }
        #expect(problems != "")
    }

    /// What python's jsonschema says; nil when it is not installed.
    private func validate(_ text: String, schema: String) throws -> String? {
        let program = """
            import json, sys
            try:
                import jsonschema
            except ImportError:
                sys.exit(9)
            validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
            for error in validator.iter_errors(json.load(open(sys.argv[2]))):
                print(list(error.absolute_path), error.message)
            """
        let document = FileManager.default.temporaryDirectory.appending(path: "segdrift-\(UUID().uuidString).json")
        try Data(json(YamlDocument.parse(text, file: "f").root).utf8).write(to: document)
        defer { try? FileManager.default.removeItem(at: document) }
        let python = Process()
        python.executableURL = URL(filePath: "/usr/bin/env")
        python.arguments = [
            "python3", "-c", program, packageFolder.appending(path: "config/\(schema).schema.json").path, document.path,
        ]
        let output = Pipe()
        python.standardOutput = output
        python.standardError = FileHandle.nullDevice
        try python.run()
        let said = try output.fileHandleForReading.readToEnd() ?? Data()
        python.waitUntilExit()
        if [9, 127].contains(python.terminationStatus) {
            print("skipped: python3 with jsonschema is not installed")
            return nil
        }
        try #require(python.terminationStatus == 0)
        return String(decoding: said, as: UTF8.self)
    }

    private func json(_ node: YamlNode?) -> String {
        guard let node else { return "null" }
        switch node.content {
        case .list(let items): return "[" + items.map { json($0) }.joined(separator: ",") + "]"
        case .mapping(let pairs):
            return "{" + pairs.map { quoted($0.key.rawText ?? "") + ":" + json($0.value) }.joined(separator: ",") + "}"
        case .scalar:
            switch node.scalar {
            case .number(let value): return value == value.rounded() ? String(Int64(value)) : String(value)
            case .boolean(let value): return String(value)
            case .text(let text): return quoted(text)
            default: return "null"
            }
        }
    }

    private func quoted(_ text: String) -> String {
        let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
