import DriftModel

extension CivilDate {
    /// Completed years from a birthday to a day; 29 February counts on 1 March in common years. Negative before it.
    static func completedYears(from birth: DayNumber, to day: DayNumber) -> Int {
        let (from, to) = (CivilDate(day: birth), CivilDate(day: day))
        let isBefore = (to.month, to.day) < (from.month, from.day)
        return to.year - from.year - (isBefore ? 1 : 0)
    }
}
