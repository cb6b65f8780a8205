import Testing

/// The pure modules decide; shells ask the clock, read files and print. Replacements: take an `Instant`, take
/// bytes, return a value, take a random number generator.
@Suite struct PureModulesTests {
    static let pure = ["DriftModel", "DriftEngine", "DriftAnalytics", "DriftFormats"]

    @Test(arguments: pure)
    func noFoundation(module: String) {
        let found = SourceTree.sources(of: module).filter { file in
            file.imports.contains { $0.module.hasPrefix("Foundation") || $0.module == "Dispatch" }
        }
        #expect(found.map(\.path) == [])
        #expect(!SourceTree.sources(of: module).isEmpty, "\(module) has sources at all")
    }

    /// `import Glibc` brings the clock and the file system in; `import func Glibc.log` brings a logarithm.
    @Test(arguments: pure)
    func ofTheCLibraryOnlyNamedFunctions(module: String) {
        let found = SourceTree.sources(of: module).filter { file in
            file.imports.contains { ["Glibc", "Musl"].contains($0.module) && !$0.isScoped }
        }
        #expect(found.map(\.path) == [])
    }

    @Test(arguments: pure)
    func noClockNoOutputNoChance(module: String) {
        let banned = [
            #/\bDate\(\)/#, #/\b(?:ContinuousClock|SuspendingClock)\b/#, #/\bTask\.sleep\b/#,
            #/\b(?:debugPrint|print)\(/#,
            #/\bSystemRandomNumberGenerator\b/#, #/\.random\(in: [^,)]*\)/#, #/\.(?:shuffled|randomElement)\(\)/#,
            #/\b(?:fopen|clock_gettime|gettimeofday|getenv)\(/#, #/\breadLine\(/#,
        ]
        // A type may have a `print` of its own, of an expression's text say.
        let files = SourceTree.sources(of: module).filter { !$0.code.contains { $0.contains("func print(") } }
        let found = files.flatMap { file in banned.flatMap(file.places) }
        #expect(found == [])
    }

    /// A stored global that can change is state that no caller sees.
    @Test(arguments: pure)
    func noGlobalState(module: String) {
        let found = SourceTree.sources(of: module).flatMap {
            $0.places(
                #/^(?:public |internal |private |fileprivate )?(?:nonisolated\(unsafe\) )?var [A-Za-z_]+(?:: [^{]*)? =/#
            )
                + $0.places(#/\bstatic var [A-Za-z_]+(?:: [^{]*)? = /#)
        }
        #expect(found == [])
    }
}
