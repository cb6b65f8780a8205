import DriftModel
import Testing

@Suite struct YamlScalars {
    @Test(arguments: [
        "on", "off", "yes", "no", "y", "n", "On", "NO", "1_000", "0b1", "12:30", "2026-01-31", "0x", "1e", ".",
    ])
    func whatOlderVersionsOfYamlConvertIsText(_ text: String) {
        #expect(YamlScalar(plain: text) == .text(text))
    }

    @Test(arguments: ["", "~", "null", "Null", "NULL"])
    func nothingHasFiveSpellings(_ text: String) {
        #expect(YamlScalar(plain: text) == .null)
    }

    @Test(arguments: [
        ("0", 0), ("-12", -12), ("+7", 7), ("0o17", 15), ("0xFf", 255), ("1.5", 1.5), (".5", 0.5), ("2.", 2),
        ("1e3", 1000), ("-1.5E-2", -0.015), ("007", 7),
    ])
    func numbersAreThoseOfTheCoreSchema(_ text: String, _ value: Double) {
        #expect(YamlScalar(plain: text) == .number(value))
    }

    @Test(arguments: [("true", true), ("True", true), ("TRUE", true), ("false", false), ("False", false)])
    func truthValuesAreTrueAndFalse(_ text: String, _ value: Bool) {
        #expect(YamlScalar(plain: text) == .boolean(value))
    }

    @Test func quotedScalarsAreText() {
        let values = value(of: "a: '1'\nb: \"null\"\nc: |\n  true\nd: !!str 5")
        #expect(values == ["a": .text("1"), "b": .text("null"), "c": .text("true\n"), "d": .text("5")])
    }

    @Test func aliasesStandForWhatTheyName() {
        #expect(value(of: "a: &x 5\nb: *x") == ["a": .number(5), "b": .number(5)])
    }

    @Test(arguments: [
        ("90d", 7_776_000), ("36h", 129_600), ("30s", 30), ("2w", 1_209_600), ("5m", 300), ("0s", 0),
    ])
    func durationsHaveUnits(_ text: String, _ seconds: Int) {
        #expect(YamlDuration(text)?.seconds == Int64(seconds))
    }

    @Test(arguments: ["", "d", "90", "-1d", "1.5h", "9 d", "1y", "99999999999w", "٣d"])
    func otherTextsAreNoDurations(_ text: String) {
        #expect(YamlDuration(text) == nil)
    }

    @Test(arguments: [
        ("128MiB", 134_217_728), ("4GiB", 4_294_967_296), ("1.5KiB", 1536), ("10kB", 10_000), ("77", 77), ("5 B", 5),
    ])
    func sizesHaveUnits(_ text: String, _ bytes: Int64) {
        var yaml = YamlReader(file: "f")
        #expect(yaml.bytes(YamlNode(plain: text, origin: "test"), "size") == bytes)
    }

    private func value(of text: String) -> [String: YamlScalar] {
        guard case .mapping(let pairs) = YamlDocument.parse(text, file: "f").root?.content else { return [:] }
        var values: [String: YamlScalar] = [:]
        for (key, value) in pairs { values[key.rawText ?? ""] = value.scalar }
        return values
    }
}
