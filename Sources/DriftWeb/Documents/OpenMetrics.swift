import DriftAnalytics

/// Figures in the OpenMetrics text format.
public struct OpenMetrics: Sendable {
    /// What Prometheus may do with a figure.
    public enum Kind: String, Sendable { case gauge, counter, info }

    /// `Content-Type` of the text.
    public static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private var lines = ""

    public init() {}

    /// Adds a family with its samples.
    /// - Parameters:
    ///   - name: Without the suffix of a counter's or info's sample.
    ///   - samples: Label names and values, and the figure.
    public mutating func add(
        _ name: String, _ kind: Kind, help: String, _ samples: [(labels: [(String, String)], value: Double)]
    ) {
        guard !samples.isEmpty else { return }
        let suffix = kind == .counter ? "_total" : kind == .info ? "_info" : ""
        lines += "# TYPE \(name) \(kind.rawValue)\n# HELP \(name) \(Self.escaped(help))\n"
        for sample in samples {
            let labels = sample.labels.map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
            lines += name + suffix + (labels.isEmpty ? "" : "{\(labels)}") + " \(NumberText.shortest(sample.value))\n"
        }
    }

    /// Adds one figure without labels; none when there is no value.
    public mutating func add(_ name: String, _ kind: Kind, help: String, _ value: Double?) {
        add(name, kind, help: help, value.map { [(labels: [], value: $0)] } ?? [])
    }

    /// The whole exposition.
    public var text: String { lines + "# EOF\n" }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
