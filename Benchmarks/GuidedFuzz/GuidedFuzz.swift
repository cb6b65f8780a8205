import DriftFormats

/// What libFuzzer calls with inputs that reach code no input before has reached. The first bytes choose the reader and
/// its options, the rest is the file. Built by scripts/guided-fuzz.sh; what goes wrong ends the process, and libFuzzer
/// keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func tryOne(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 8 else { return 0 }
    let bytes = unsafe UnsafeBufferPointer(start: data, count: count)
    var random = FuzzRandom(state: 0)
    for index in 1..<8 { random.state = random.state << 8 | UInt64(unsafe bytes[index]) }
    let target = FuzzTarget.allCases[Int(unsafe bytes[0]) % FuzzTarget.allCases.count]
    let options = target.options(&random)
    let input = unsafe Array(bytes[8...])
    let chunk = 1 + random.below(random.below(2) == 0 ? 8 : 500)
    if let problem = Fuzzer.check(input, options, chunk: max(chunk, input.count / 1_000)) {
        fatalError("\(target.rawValue): \(problem)")
    }
    return 0
}
