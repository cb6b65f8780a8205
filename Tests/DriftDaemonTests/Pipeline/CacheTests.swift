import Testing

@testable import DriftDaemon

@Suite struct CustomerDirectoryTests {
    static func insert(_ name: String, _ customer: Int64, into directory: inout CustomerDirectory) {
        let bytes = Array(name.utf8)
        directory.insert(customer, named: bytes.span, hash: CustomerDirectory.hash(of: bytes.span))
    }

    static func find(_ name: String, in directory: CustomerDirectory) -> Int64? {
        let bytes = Array(name.utf8)
        return directory.customer(named: bytes.span, hash: CustomerDirectory.hash(of: bytes.span))
    }

    @Test func whatWasPutInIsFoundAndNothingElse() {
        var directory = CustomerDirectory(bytesMax: 1 << 24)
        for number in 1...5_000 { Self.insert("customer \(number)", Int64(number), into: &directory) }
        #expect((1...5_000).allSatisfy { Self.find("customer \($0)", in: directory) == Int64($0) })
        #expect(Self.find("customer 5001", in: directory) == nil)
        #expect(Self.find("", in: directory) == nil)
    }

    @Test func namesWithTheSameHashAreToldApart() {
        var directory = CustomerDirectory(bytesMax: 1 << 20)
        let (a, b) = (Array("a".utf8), Array("b".utf8))
        directory.insert(1, named: a.span, hash: 7)
        directory.insert(2, named: b.span, hash: 7)
        #expect(directory.customer(named: a.span, hash: 7) == 1)
        #expect(directory.customer(named: b.span, hash: 7) == 2)
    }

    @Test func itForgetsRatherThanOutgrowingItsBudget() {
        var directory = CustomerDirectory(bytesMax: 1 << 16)
        for number in 1...100_000 { Self.insert("customer \(number)", Int64(number), into: &directory) }
        #expect(directory.count < 10_000)
        #expect(Self.find("customer 100000", in: directory) == 100_000)
    }
}

@Suite struct StateMemoryTests {
    static func state(_ customer: Int64, in memory: StateMemory) -> [UInt8]? {
        memory.withState(of: customer) { span in span.indices.map { span[$0] } }
    }

    static func put(_ customer: Int64, _ state: [UInt8], in memory: StateMemory, isKept: Bool) {
        memory.put(customer, state.span, wake: nil, isKept: isKept)
    }

    @Test func theLatestStateIsFound() {
        let memory = StateMemory(bytesMax: 1 << 24)
        Self.put(1, [1], in: memory, isKept: false)
        Self.put(1, [2, 3], in: memory, isKept: true)
        Self.put(70_000, [], in: memory, isKept: false)
        #expect(Self.state(1, in: memory) == [2, 3])
        #expect(Self.state(70_000, in: memory) == [])
        #expect(Self.state(2, in: memory) == nil)
        #expect(Self.state(1 << 40, in: memory) == nil)
    }

    @Test func whatIsKeptIsNeverForgottenAndTheRestIs() {
        let memory = StateMemory(bytesMax: 2 << 20)
        Self.put(1, [1], in: memory, isKept: true)
        Self.put(2, [2], in: memory, isKept: false)
        for customer in 3...80_000 {
            Self.put(Int64(customer), [UInt8](repeating: 3, count: 100), in: memory, isKept: false)
        }
        #expect(Self.state(1, in: memory) == [1])
        #expect(Self.state(2, in: memory) == nil)
        #expect(Self.state(80_000, in: memory)?.count == 100)
    }

    @Test func moreMayBeKeptThanTheBudget() {
        let memory = StateMemory(bytesMax: 2 << 20)
        for round in 0..<3 {
            for customer in 1...60_000 {
                Self.put(Int64(customer), [UInt8](repeating: UInt8(round), count: 100), in: memory, isKept: true)
            }
        }
        #expect(memory.keptCount == 60_000)
        #expect(memory.keptBytes == 60_000 * 116)
        #expect((1...60_000).allSatisfy { Self.state(Int64($0), in: memory)?.first == 2 })
    }

    @Test func whatIsSettledIsNotKeptAnyMore() {
        let memory = StateMemory(bytesMax: 1 << 24)
        for customer: Int64 in [5, 3, 9] { Self.put(customer, [1], in: memory, isKept: true) }
        memory.settle(3)
        memory.settle(4)
        #expect(memory.keptCustomers() == [5, 9])
        Self.put(3, [2], in: memory, isKept: true)
        #expect(memory.keptCustomers() == [3, 5, 9])
        for customer: Int64 in [5, 3, 9] { memory.settle(customer) }
        #expect(memory.keptCustomers().isEmpty)
        #expect(memory.keptBytes == 0)
        #expect(Self.state(5, in: memory) == [1])
    }
}
