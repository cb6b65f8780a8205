import DriftModel

/// Zones that are hard on calendars, each with the rules that hold around an instant of interest.
enum NastyZones {
    static func seconds(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0) -> Int64 {
        Int64(CivilDate(year: year, month: month, day: day).dayNumber) * 86_400 + Int64(hour * 3600 + minute * 60)
    }

    /// The clock skips from midnight to one o'clock on 4 November 2018, and goes back from midnight to eleven on
    /// 17 February 2019.
    static let saoPaulo = ZoneRules(
        name: "America/Sao_Paulo", changesAt: [seconds(2018, 11, 4, 3), seconds(2019, 2, 17, 2)],
        offsets: [-7_200, -10_800], firstOffset: -10_800)

    /// Half an hour of summer time, at half past ten and eleven east of Greenwich.
    static let lordHowe = ZoneRules(
        name: "Australia/Lord_Howe",
        changesAt: [seconds(2023, 4, 1, 15), seconds(2023, 9, 30, 15, 30), seconds(2024, 4, 6, 15)],
        offsets: [37_800, 39_600, 37_800], firstOffset: 39_600)

    /// The day of 30 December 2011 did not happen.
    static let apia = ZoneRules(
        name: "Pacific/Apia", changesAt: [seconds(2011, 9, 24, 14), seconds(2011, 12, 30, 10)],
        offsets: [-36_000, 50_400], firstOffset: -39_600)

    /// Fifteen minutes past the half hour, without summer time.
    static let kathmandu = ZoneRules(name: "Asia/Kathmandu", changesAt: [], offsets: [], firstOffset: 20_700)

    static let lisbon = ZoneRules(
        name: "Europe/Lisbon", changesAt: [seconds(2024, 3, 31, 1), seconds(2024, 10, 27, 1)],
        offsets: [3_600, 0], firstOffset: 0)

    /// Each with instants around which something happens.
    static let all: [(zone: ZoneRules, around: [Int64])] = [
        (saoPaulo, saoPaulo.changesAt), (lordHowe, Array(lordHowe.changesAt.dropFirst())), (apia, apia.changesAt),
        (kathmandu, [seconds(2024, 2, 28, 18, 15)]), (lisbon, lisbon.changesAt),
        (.utc, [seconds(2024, 2, 29, 0), seconds(2023, 3, 1, 0), 0, -86_400 * 365]),
    ]
}
