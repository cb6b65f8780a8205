extension ZoneRules {
    /// The last year for which changes are made explicit.
    static let lastYear = 2200

    /// Reads a TZif file (RFC 8536), expanding its footer rule up to the year 2200.
    /// - Parameter tzif: The bytes of a file under zoneinfo.
    /// - Returns: nil when the bytes are no TZif file.
    public init?(name: String, tzif: [UInt8]) {
        guard let first = TZifBlock(tzif, at: 0, wideTimes: false) else { return nil }
        var block = first
        var footer: [UInt8] = []
        if first.version >= 2 {
            guard let second = TZifBlock(tzif, at: first.end, wideTimes: true) else { return nil }
            block = second
            guard second.end < tzif.count, tzif[second.end] == 0x0A else { return nil }
            footer = Array(tzif[(second.end + 1)...].prefix { $0 != 0x0A })
        }
        self.init(name: name, changesAt: block.changesAt, offsets: block.offsets, firstOffset: block.firstOffset)
        if !footer.isEmpty {
            guard let rule = PosixZone(footer) else { return nil }
            extend(by: rule)
        }
        dropRepeats()
    }

    /// Adds the changes a rule makes after the last explicit one.
    private mutating func extend(by rule: PosixZone) {
        let last = changesAt.last ?? Int64.min
        guard let daylight = rule.daylight else {
            if changesAt.isEmpty { firstOffset = rule.standardOffset }
            return
        }
        let floor = last == Int64.min ? 0 : last
        let lastDay = DayNumber(clamping: floorDivide(floor, 86_400))
        for year in CivilDate(day: lastDay).year...max(Self.lastYear, CivilDate(day: lastDay).year) {
            var changes = [
                (daylight.start.seconds(in: year) - Int64(rule.standardOffset), daylight.offset),
                (daylight.end.seconds(in: year) - Int64(daylight.offset), rule.standardOffset),
            ]
            changes.sort { $0.0 < $1.0 }
            for (at, offset) in changes where at > last {
                changesAt.append(at)
                offsets.append(offset)
            }
        }
    }

    /// Takes out changes that change nothing (of the name or the daylight flag only).
    private mutating func dropRepeats() {
        var times: [Int64] = []
        var kept: [Int32] = []
        for (at, offset) in zip(changesAt, offsets) where offset != kept.last ?? firstOffset {
            times.append(at)
            kept.append(offset)
        }
        changesAt = times
        offsets = kept
    }
}

/// One data block of a TZif file.
private struct TZifBlock {
    var version: UInt8
    var changesAt: [Int64] = []
    var offsets: [Int32] = []
    var firstOffset: Int32 = 0
    /// Index of the byte after the block.
    var end: Int

    init?(_ bytes: [UInt8], at start: Int, wideTimes: Bool) {
        guard start + 44 <= bytes.count, bytes[start..<(start + 4)].elementsEqual("TZif".utf8) else { return nil }
        func number(_ at: Int, _ width: Int) -> Int64 {
            var value: Int64 = Int64(Int8(bitPattern: bytes[at]))
            for index in (at + 1)..<(at + width) { value = value << 8 | Int64(bytes[index]) }
            return value
        }
        switch bytes[start + 4] {
        case 0: version = 1
        case 0x32...0x39: version = bytes[start + 4] - 0x30
        default: return nil
        }
        let counts = (0..<6).map { Int(number(start + 20 + 4 * $0, 4)) }
        guard counts.allSatisfy({ $0 >= 0 && $0 <= 100_000 }) else { return nil }
        let (utFlags, standardFlags, leaps, times, types, characters) = (
            counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
        )
        let width = wideTimes ? 8 : 4
        let timesAt = start + 44
        let indexesAt = timesAt + times * width
        let typesAt = indexesAt + times
        end = typesAt + types * 6 + characters + leaps * (width + 4) + standardFlags + utFlags
        guard end <= bytes.count, types > 0 else { return nil }
        let typeOffsets = (0..<types).map { Int32(truncatingIfNeeded: number(typesAt + 6 * $0, 4)) }
        guard typeOffsets.allSatisfy({ abs(Int64($0)) < 200_000 }) else { return nil }
        firstOffset = typeOffsets[0]
        for index in 0..<times {
            let type = Int(bytes[indexesAt + index])
            let at = number(timesAt + width * index, width)
            guard type < types, at > changesAt.last ?? Int64.min else { return nil }
            changesAt.append(at)
            offsets.append(typeOffsets[type])
        }
    }
}

/// The rule of a TZif footer: POSIX TZ with the extensions of RFC 8536.
struct PosixZone {
    struct Daylight {
        var offset: Int32
        var start: Change
        var end: Change
    }

    /// A day of the year and a time on that day's clock.
    struct Change {
        enum Day {
            /// Days from 1, 29 February never counted.
            case julian(Int)
            /// Days from 0.
            case ofYear(Int)
            /// Week 5 is the last; weekday 0 is Sunday.
            case month(Int, week: Int, weekday: Int)
        }

        var day: Day
        var time: Int64

        /// Seconds on the local clock since 1970.
        func seconds(in year: Int) -> Int64 {
            let january = Int(CivilDate(year: year, month: 1, day: 1).dayNumber)
            let number: Int
            switch day {
            case .julian(let day): number = january + day - 1 + (CivilDate.isLeap(year) && day >= 60 ? 1 : 0)
            case .ofYear(let day): number = january + day
            case .month(let month, let week, let weekday):
                let first = Int(CivilDate(year: year, month: month, day: 1).dayNumber)
                let ahead = (weekday - CivilDate.weekday(DayNumber(first)) % 7 + 7) % 7
                var day = ahead + 7 * (week - 1)
                while day >= CivilDate.days(inMonth: month, year: year) { day -= 7 }
                number = first + day
            }
            return Int64(number) * 86_400 + time
        }
    }

    var standardOffset: Int32
    var daylight: Daylight?

    init?(_ bytes: [UInt8]) {
        var reader = PosixZoneReader(bytes: bytes)
        guard reader.name(), let standard = reader.time() else { return nil }
        standardOffset = Int32(-standard)
        if reader.isAtEnd { return }
        guard reader.name() else { return nil }
        var offset = standardOffset + 3_600
        if !reader.isNext(0x2C) {
            guard let written = reader.time() else { return nil }
            offset = Int32(-written)
        }
        guard reader.take(0x2C), let start = reader.change(), reader.take(0x2C), let end = reader.change(),
            reader.isAtEnd
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }
}

private struct PosixZoneReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    func isNext(_ byte: UInt8) -> Bool { index < bytes.count && bytes[index] == byte }

    mutating func take(_ byte: UInt8) -> Bool {
        guard isNext(byte) else { return false }
        index += 1
        return true
    }

    /// Letters, or anything in angle brackets.
    mutating func name() -> Bool {
        let start = index
        if take(0x3C) {
            while index < bytes.count, bytes[index] != 0x3E { index += 1 }
            return take(0x3E)
        }
        while index < bytes.count, bytes[index] | 32 >= 0x61, bytes[index] | 32 <= 0x7A { index += 1 }
        return index > start
    }

    mutating func number(most: Int) -> Int? {
        let start = index
        var value = 0
        while index < bytes.count, NumberReader.isDigit(bytes[index]), index - start < 4 {
            value = value * 10 + Int(bytes[index] &- 48)
            index += 1
        }
        return index > start && value <= most ? value : nil
    }

    /// `[+-]hh[:mm[:ss]]` in seconds.
    mutating func time() -> Int64? {
        let negative = isNext(0x2D)
        if negative || isNext(0x2B) { index += 1 }
        guard let hours = number(most: 167) else { return nil }
        var seconds = Int64(hours) * 3_600
        for unit: Int64 in [60, 1] where take(0x3A) {
            guard let value = number(most: 59) else { return nil }
            seconds += Int64(value) * unit
        }
        return negative ? -seconds : seconds
    }

    mutating func change() -> PosixZone.Change? {
        let day: PosixZone.Change.Day
        if take(0x4D) {
            guard let month = number(most: 12), month >= 1, take(0x2E), let week = number(most: 5), week >= 1,
                take(0x2E), let weekday = number(most: 6)
            else { return nil }
            day = .month(month, week: week, weekday: weekday)
        } else if take(0x4A) {
            guard let number = number(most: 365), number >= 1 else { return nil }
            day = .julian(number)
        } else {
            guard let number = number(most: 365) else { return nil }
            day = .ofYear(number)
        }
        var at: Int64 = 7_200
        if take(0x2F) {
            guard let time = time() else { return nil }
            at = time
        }
        return PosixZone.Change(day: day, time: at)
    }
}
