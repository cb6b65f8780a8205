import Dispatch
import Logging
import Synchronization
import Testing

@testable import Systemd

@Suite struct JournalEntryTests {
    @Test func valuesKeepTheirBytesAndEachNameIsThereOnce() {
        let entry = JournalEntry(
            priority: .warning, message: "moved", messageID: JournalMessageID("0123456789abcdef0123456789abcdef"),
            fields: [
                .init(JournalFieldName("SEGDRIFT_CUSTOMER"), "a\nPRIORITY=0"),
                .init(JournalFieldName("SEGDRIFT_CUSTOMER"), "second"), .init(JournalFieldName("MESSAGE"), "forged"),
            ])
        #expect(
            entry.assignments(identifier: "segdrift").map { String(decoding: $0, as: UTF8.self) } == [
                "MESSAGE=moved", "PRIORITY=4", "SYSLOG_IDENTIFIER=segdrift",
                "MESSAGE_ID=0123456789abcdef0123456789abcdef", "SEGDRIFT_CUSTOMER=a\nPRIORITY=0",
            ])
    }

    @Test func metadataKeysBecomeFieldNames() {
        #expect(JournalFieldName(metadataKey: "file.sha-256").description == "SEGDRIFT_FILE_SHA_256")
        #expect(JournalFieldName(metadataKey: String(repeating: "k", count: 100)).description.utf8.count == 64)
    }

    @Test func controlCharactersCannotForgeALineOrDriveATerminal() {
        let entry = JournalEntry(priority: .notice, message: "C\n<0>fake\u{1B}[2J\u{202E}x\u{2028}")
        #expect(TextForm.prefixed.line(entry) == "<5>C\\n<0>fake\\u{1b}[2J\\u{202e}x\\u{2028}\n")
    }

    @Test func onlyATerminalGetsColour() {
        let entry = JournalEntry(priority: .error, message: "no", textSuffix: " file=x")
        #expect(TextForm.coloured.line(entry) == "\u{1B}[1;31merror:\u{1B}[0m no file=x\n")
        #expect(TextForm.plain.line(entry) == "error: no file=x\n")
    }
}

@Suite struct JournalTargetTests {
    @Test func theJournalIsChosenWhenStandardErrorIsTheJournal() {
        let target = JournalTarget.choose(
            environment: ["JOURNAL_STREAM": "8:77"], errorIdentity: "8:77", isTerminal: false, socketExists: true)
        #expect(target == .journal)
    }

    @Test(
        arguments: [
            ([:], true), (["JOURNAL_STREAM": "8:77"], false), (["JOURNAL_STREAM": "8:78"], true),
        ] as [([String: String], Bool)])
    func withoutAJournalTextGoesToStandardError(environment: [String: String], socketExists: Bool) {
        let target = JournalTarget.choose(
            environment: environment, errorIdentity: "8:77", isTerminal: false, socketExists: socketExists)
        #expect(target == .standardError(.prefixed))
    }

    @Test func aTerminalGetsColourUnlessItSaysNo() {
        func form(_ environment: [String: String]) -> JournalTarget {
            .choose(environment: environment, errorIdentity: nil, isTerminal: true, socketExists: true)
        }
        #expect(form([:]) == .standardError(.coloured))
        #expect(form(["NO_COLOR": "1"]) == .standardError(.plain))
        #expect(form(["TERM": "dumb"]) == .standardError(.plain))
    }
}

/// Entries that a fake journald took; it can be stalled and let go.
private final class FakeJournal: Sendable {
    let taken = Mutex<[String]>([])
    private let gate = DispatchSemaphore(value: 0)
    private let stalled: Bool

    init(stalled: Bool = false) { self.stalled = stalled }

    func send(_ entry: JournalEntry) -> Bool {
        if stalled { gate.wait() }
        taken.withLock { $0.append(entry.message) }
        return entry.message != "refuse"
    }

    func letOne() { gate.signal() }
}

@Suite struct JournalWriterTests {
    private func entry(_ message: String) -> JournalEntry { JournalEntry(priority: .info, message: message) }

    @Test func messagesKeepTheirOrder() {
        let journal = FakeJournal()
        let writer = JournalWriter(target: .journal, capacity: 100, send: journal.send)
        for number in 0..<50 { writer.write(entry("\(number)")) }
        #expect(writer.flush(waitMilliseconds: 10_000))
        #expect(journal.taken.withLock { $0 } == (0..<50).map(String.init))
    }

    @Test func aStalledJournalNeverBlocksTheWriter() {
        let journal = FakeJournal(stalled: true)
        let writer = JournalWriter(target: .journal, capacity: 8, send: journal.send)
        let accepted = (0..<1_000).filter { writer.write(entry("\($0)")) }.count
        // Eight wait; as many may be in the hands of the thread.
        #expect(accepted < 20)
        #expect(writer.deliver(entry("alert"), waitMilliseconds: 1) == .stalled)
        for _ in 0..<1_000 { journal.letOne() }
        #expect(writer.flush(waitMilliseconds: 10_000))
        writer.write(entry("after"))
        #expect(writer.flush(waitMilliseconds: 10_000))
        let taken = journal.taken.withLock { $0 }
        #expect(taken.contains { $0.contains("messages were dropped") })
        #expect(taken.last == "after")
    }

    @Test func aWithdrawnEntryIsNotWrittenLater() {
        let journal = FakeJournal(stalled: true)
        let writer = JournalWriter(target: .journal, capacity: 8, send: journal.send)
        writer.write(entry("first"))
        #expect(writer.deliver(entry("alert"), waitMilliseconds: 1) == .stalled)
        for _ in 0..<10 { journal.letOne() }
        #expect(writer.flush(waitMilliseconds: 10_000))
        #expect(journal.taken.withLock { $0 } == ["first"])
    }

    /// Fault 82: fewer than journald drops, errors and alerts always, and the rest is counted.
    @Test func tooManyMessagesAreLeftOutAndCounted() {
        let clock = Atomic<UInt64>(1)
        let journal = FakeJournal()
        let writer = JournalWriter(
            target: .journal, capacity: 100_000,
            limit: MessageLimit(messagesMax: 100, intervalMicroseconds: 30_000_000),
            now: { clock.load(ordering: .relaxed) }, send: journal.send)
        let taken = (0..<1_000).filter { writer.write(entry("\($0)")) }.count
        #expect(taken == 100)
        #expect(writer.write(JournalEntry(priority: .error, message: "trouble")))
        #expect(writer.deliver(entry("alert"), waitMilliseconds: 10_000) == .taken)
        clock.store(30_000_001, ordering: .relaxed)
        #expect(writer.write(entry("after")))
        #expect(writer.flush(waitMilliseconds: 10_000))
        let messages = journal.taken.withLock { $0 }
        #expect(
            messages.suffix(4)
                == ["900 messages were suppressed: there were too many in a short time", "trouble", "alert", "after"])
        #expect(messages.count == 104)
    }

    @Test func aDeliverySaysWhetherItWasTaken() {
        let journal = FakeJournal()
        let writer = JournalWriter(target: .journal, capacity: 8, send: journal.send)
        #expect(writer.deliver(entry("alert"), waitMilliseconds: 10_000) == .taken)
        #expect(writer.deliver(entry("refuse"), waitMilliseconds: 10_000) == .refused)
    }

    @Test func logMetadataBecomesFieldsAndText() {
        let entries = Mutex<[JournalEntry]>([])
        let writer = JournalWriter(target: .journal, capacity: 8) { entry in
            entries.withLock { $0.append(entry) }
            return true
        }
        var logger = Logger(label: "intake") { JournalLogHandler(label: $0, writer: writer) }
        logger[metadataKey: "source"] = "shop"
        logger.warning("file refused", metadata: ["file": "x.csv"])
        logger.debug("not shown")
        #expect(writer.flush(waitMilliseconds: 10_000))
        let written = entries.withLock { $0 }
        #expect(written.map(\.message) == ["file refused"])
        #expect(written.first?.textSuffix == " file=x.csv source=shop")
        #expect(written.first?.priority == .warning)
        #expect(written.first?.fields.contains(.init(JournalFieldName("SEGDRIFT_FILE"), "x.csv")) == true)
    }
}
