import Testing

/// Tests give the same answer at any speed and on any day. Replacements: pass the instant in, wait for the event
/// itself (a stream, a continuation, a child's end).
@Suite struct TestHabitsTests {
    static var tests: [SourceFile] { SourceTree.files.filter(\.isTest) }

    @Test func testsNeverSleep() {
        let banned = [
            #/\bThread\.sleep\b/#, #/\busleep\(/#, #/\bnanosleep\(/#, #/\bTask\.sleep\b/#, #/(?:^|[^.\w])sleep\(/#,
        ]
        #expect(Self.tests.flatMap { file in banned.flatMap(file.places) } == [])
    }

    @Test func testsNeverReadTheWallClock() {
        let banned = [#/\bDate\(\)/#, #/\bDate\.now\b/#, #/\bgettimeofday\(/#, #/\bCLOCK_REALTIME\b/#]
        #expect(Self.tests.flatMap { file in banned.flatMap(file.places) } == [])
    }

    @Test func testsThatDrawNumbersAreSeeded() {
        let banned = [
            #/\bSystemRandomNumberGenerator\b/#, #/\.random\(in: [^,)]*\)/#, #/\.(?:shuffled|randomElement)\(\)/#,
        ]
        #expect(Self.tests.flatMap { file in banned.flatMap(file.places) } == [])
    }

    /// The list is in the Makefile, and says why.
    @Test func testsThatWaitForAProgramRunOneAfterAnother() throws {
        let makefile = try SourceTree.text("Makefile")
        let found = Self.tests.flatMap { file -> [String] in
            let code = file.code.joined(separator: "\n")
            guard code.contains(#/\b(?:HeardDaemon|RunningDaemon|SmallDisk|CrashRig|DeliveryHouse)\(/#) else {
                return []
            }
            return code.matches(of: #/struct (\w+Tests)\b/#).map { String($0.output.1) }
        }
        #expect(found.count > 10)
        let lists = try #require(makefile.firstMatch(of: #/(?s)\nDELIVERY = (.*?)\nifeq/#)).output.1
        let alone = Set(lists.matches(of: #/\w+/#).map { String($0.output) })
        #expect(found.filter { !alone.contains($0) } == [])
    }

    @Test func everyTestExpectsSomething() {
        let found = Self.tests.flatMap { file -> [String] in
            // From one @Test to the next; helpers between them may hold the expectation.
            let starts = file.code.indices.filter { file.code[$0].contains(#/@Test\b/#) }
            return starts.indices.compactMap { number in
                let end = number + 1 < starts.count ? starts[number + 1] : file.code.count
                let body = file.code[starts[number]..<end].joined(separator: "\n")
                return body.contains(
                    #/#expect|#require|Issue\.record|[eE]xpect|[cC]heck|[vV]erify|[aA]ssert|[cC]ompare|try Shell/#)
                    ? nil : "\(file.path):\(starts[number] + 1)"
            }
        }
        #expect(found == [])
    }
}
