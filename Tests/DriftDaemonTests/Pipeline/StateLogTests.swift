import Testing

@testable import DriftDaemon

@Suite struct StateLogTests {
    @Test func whatWasLoggedIsReadInOrder() {
        var log = StateLog()
        log.append(1, name: [65, 66], state: [1, 2, 3])
        log.append(300, name: [], state: [])
        log.append(1, name: [], state: Array(repeating: 7, count: 200))
        var read: [(Int64, [UInt8], Int)] = []
        let isWhole = StateLog(committed: log.bytes).forEach { read.append(($0, Array($1), $2.count)) }
        #expect(isWhole)
        #expect(read.map(\.0) == [1, 300, 1])
        #expect(read.map(\.1) == [[65, 66], [], []])
        #expect(read.map(\.2) == [3, 0, 200])
    }

    @Test func aTornLogIsNoticed() {
        var log = StateLog()
        log.append(1, name: [65], state: [1, 2, 3])
        for end in 1..<log.bytes.count {
            let isWhole = StateLog(committed: Array(log.bytes[..<end])).forEach { _, _, _ in }
            #expect(!isWhole)
        }
    }
}

@Suite struct NewCustomersTests {
    static func add(_ customer: Int64, _ name: String, to customers: inout NewCustomers) {
        let bytes = Array(name.utf8)
        customers.add(customer, named: bytes.span)
    }

    @Test func namesAreKnownUntilTheRowIsWritten() {
        var customers = NewCustomers()
        Self.add(7, "seven", to: &customers)
        Self.add(8, "eight", to: &customers)
        #expect(customers.name(of: 8).map { Array($0) } == Array("eight".utf8))
        customers.settle(8)
        #expect(customers.name(of: 8) == nil)
        #expect(customers.name(of: 7).map { Array($0) } == Array("seven".utf8))
        #expect(!customers.isEmpty)
        customers.settle(7)
        #expect(customers.isEmpty)
    }

    @Test func gapsInTheNumbersAreNobody() {
        var customers = NewCustomers()
        Self.add(3, "three", to: &customers)
        Self.add(6, "six", to: &customers)
        #expect(customers.name(of: 4) == nil)
        #expect(customers.name(of: 6).map { Array($0) } == Array("six".utf8))
        #expect(customers.name(of: 2) == nil)
        #expect(customers.name(of: 9) == nil)
    }
}
