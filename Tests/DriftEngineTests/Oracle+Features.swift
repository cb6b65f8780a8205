import DriftEngine
import DriftModel
import Glibc

/// Values of features, with the evaluator of expressions over them.
struct OracleRow {
    var values: [Value] = []

    func evaluate(_ program: Program) -> Value {
        var bytes: [UInt8] = []
        let cells: [Cell] = values.map { value in
            switch value {
            case .null: return .null
            case .number(let number): return .number(number)
            case .boolean(let boolean): return .boolean(boolean)
            case .date(let day): return .date(day)
            case .timestamp(let instant): return .timestamp(instant)
            case .text(let string):
                bytes += Array(string.utf8)
                return .text(offset: bytes.count - string.utf8.count, count: string.utf8.count)
            }
        }
        var evaluator = Evaluator()
        let cell = evaluator.evaluate(program, inputs: cells.span, bytes: bytes.span)
        return evaluator.value(cell, of: program, bytes: bytes.span)
    }
}

extension Feature {
    var selection: Selection? {
        switch kind {
        case .count(let selection), .sum(let selection, _), .average(let selection, _), .minimum(let selection, _),
            .maximum(let selection, _), .distinct(let selection, _), .first(let selection, _),
            .last(let selection, _), .sinceEvent(let selection, _, _), .activeDays(let selection),
            .decayed(let selection, _, _):
            selection
        default: nil
        }
    }
}

extension Oracle {
    /// Events a selection holds at a tick, by (at, arrival).
    private func events(_ selection: Selection, _ tick: Tick) -> [(at: Instant, tick: Tick, row: OracleRow)] {
        var found: [(at: Instant, tick: Tick, row: OracleRow)] = []
        for record in records {
            for event in record.events where selection.types.contains(event.type) {
                let eventTick = axis.tick(of: record.at)
                if let window = selection.windowTicks, eventTick <= tick - window { continue }
                var row = OracleRow(values: model.fields.map { _ in .null })
                let type = model.eventTypes[event.type]
                for (position, field) in type.fields.enumerated() { row.values[field] = event.values[position] }
                row.values.append(.text(type.name))
                if let filter = selection.filter, row.evaluate(filter) != .boolean(true) { continue }
                found.append((record.at, eventTick, row))
            }
        }
        return found.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }

    private func micros(_ selection: Selection, _ scalar: Scalar, _ tick: Tick) -> [(tick: Tick, micros: Int128)] {
        events(selection, tick).compactMap {
            guard case .number(let number) = $0.row.evaluate(scalar.program) else { return nil }
            return ($0.tick, Int128((number * 1e6).rounded(.toNearestOrEven)))
        }
    }

    private func number(_ micros: Int128) -> Double {
        if micros.magnitude < 1 << 53 { return Double(micros) / 1e6 }
        let (whole, rest) = micros.quotientAndRemainder(dividingBy: 1_000_000)
        return Double(whole) + Double(rest) / 1e6
    }

    func value(_ kind: Feature.Kind, _ tick: Tick, _ row: OracleRow) -> Value {
        switch kind {
        case .count(let selection): return .number(Double(events(selection, tick).count))
        case .sum(let selection, let scalar):
            return .number(number(micros(selection, scalar, tick).map(\.micros).reduce(0, +)))
        case .average(let selection, let scalar):
            let all = micros(selection, scalar, tick).map(\.micros)
            return all.isEmpty ? .null : .number(number(all.reduce(0, +)) / Double(all.count))
        case .minimum(let selection, let scalar):
            return micros(selection, scalar, tick).map(\.micros).min().map { .number(number($0)) } ?? .null
        case .maximum(let selection, let scalar):
            return micros(selection, scalar, tick).map(\.micros).max().map { .number(number($0)) } ?? .null
        case .distinct(let selection, let scalar):
            let all = Set(events(selection, tick).map { $0.row.evaluate(scalar.program) })
            return .number(Double(all.subtracting([.null]).count))
        case .first(let selection, let scalar):
            return events(selection, tick).first.map { $0.row.evaluate(scalar.program) } ?? .null
        case .last(let selection, let scalar):
            return events(selection, tick).last.map { $0.row.evaluate(scalar.program) } ?? .null
        case .sinceEvent(let selection, let end, let unit):
            let all = events(selection, tick)
            guard let event = end == .first ? all.first : all.last else { return .null }
            return .number(Double(unit == .days ? day(tick) - day(event.tick) : Int(tick) - Int(event.tick)))
        case .activeDays(let selection):
            return .number(Double(Set(events(selection, tick).map { day($0.tick) }).count))
        case .decayed(let selection, let scalar, let halfLife):
            let sum = micros(selection, scalar, tick).map {
                Double($0.micros) * pow(2, -Double(Int(tick) - Int($0.tick)) / halfLife)
            }.reduce(0, +)
            return .number(sum.rounded(.toNearestOrEven) / 1e6)
        default: return valueOfState(kind, tick, row)
        }
    }

    private func day(_ tick: Tick) -> Int { Int(axis.localDay(of: tick)) }

    private func valueOfState(_ kind: Feature.Kind, _ tick: Tick, _ row: OracleRow) -> Value {
        switch kind {
        case .attribute(let index): return attribute(index)
        case .sinceAttribute(let index):
            guard case .date(let date) = attribute(index) else { return .null }
            return .number(Double(day(tick) - Int(date)))
        case .yearsSince(let index):
            guard case .date(let date) = attribute(index) else { return .null }
            return .number(Double(birthdays(since: date, to: Int32(day(tick)))))
        case .expression(let program): return row.evaluate(program)
        case .bands(let input, let cuts, let descending):
            guard case .number(let number) = row.values[input] else { return .null }
            let band = 1 + cuts.filter { $0 < number }.count
            return .number(Double(descending ? cuts.count + 2 - band : band))
        case .weights(let parts):
            var sum = 0.0
            for part in parts {
                guard case .number(let number) = row.values[part.feature] else { return .null }
                sum += part.weight * number
            }
            return .number(sum)
        default: return .null
        }
    }

    private func attribute(_ index: Int) -> Value {
        var best: (trust: Trust, at: Instant, value: Value)?
        for record in records {
            for event in record.events {
                let type = model.eventTypes[event.type]
                guard let position = type.sets.firstIndex(of: index) else { continue }
                let value = event.values[type.fields.count + position]
                if value == .null { continue }
                if let known = best, (record.trust.rawValue, record.at) < (known.trust.rawValue, known.at) { continue }
                best = (record.trust, record.at, value)
            }
        }
        return best?.value ?? .null
    }

    /// Counts birthdays one by one.
    private func birthdays(since birth: DayNumber, to day: DayNumber) -> Int {
        let born = CivilDate(day: birth)
        if day < birth { return -birthdaysBack(from: born, to: day) }
        var years = 0
        while birthday(born, born.year + years + 1) <= day { years += 1 }
        return years
    }

    private func birthdaysBack(from born: CivilDate, to day: DayNumber) -> Int {
        var years = 0
        while birthday(born, born.year - years) > day { years += 1 }
        return years
    }

    /// The day of a birthday; 29 February counts on 1 March in common years.
    private func birthday(_ born: CivilDate, _ year: Int) -> DayNumber {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        if born.month == 2, born.day == 29, !isLeap { return CivilDate(year: year, month: 3, day: 1).dayNumber }
        return CivilDate(year: year, month: born.month, day: born.day).dayNumber
    }
}
