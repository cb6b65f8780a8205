import Glibc

/// Tries the readers of formats with inputs that were never meant to be read: valid ones from code, mutated.
///
///     swift run --sanitize address formats-fuzz [--seconds S] [--seed N] [--target NAME]
///
/// Prints every seed; an input that fails is printed as Swift, to become a test case.
@main
struct FormatsFuzz {
    static func main() throws {
        var seconds = 60
        var seed: UInt64 = 1
        var targets = FuzzTarget.allCases
        var arguments = CommandLine.arguments.dropFirst()
        while let name = arguments.popFirst(), let value = arguments.popFirst() {
            switch name {
            case "--seconds": seconds = Int(value) ?? seconds
            case "--seed": seed = UInt64(value) ?? seed
            case "--target": targets = FuzzTarget.allCases.filter { $0.rawValue == value }
            default: break
            }
        }
        let clock = ContinuousClock()
        var failures = 0
        for target in targets {
            let end = clock.now + .seconds(max(1, seconds / max(1, targets.count)))
            var count = 0
            let first = seed
            while clock.now < end {
                for failure in Fuzzer.run(target, seeds: seed..<(seed + 50)) {
                    failures += 1
                    print("\(target.rawValue) seed \(failure.seed): \(failure.problem)\n  \(failure.input)")
                }
                seed += 50
                count += 50
            }
            print("\(target.rawValue): \(count) inputs, seeds \(first)..<\(seed)")
        }
        print(failures == 0 ? "nothing found" : "\(failures) failures")
        if failures > 0 { exit(1) }
    }
}
