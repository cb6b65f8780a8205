internal import DriftModel

/// Says of a score in bands what its step means: nobody knows at night what "r 3 -> 2" is, but "recency above 60".
enum BandMeaning {
    /// - Returns: nil where the subject is no score in bands, or the step is none between two of its bands.
    static func text(_ subject: String, before: FactValue, after: FactValue, model: Model) -> String? {
        guard let score = model.features.first(where: { $0.name == subject }), case .number(let old) = before,
            case .number(let new) = after, old != new
        else { return nil }
        let bands: (input: Int, cuts: [Double], isDescending: Bool)
        switch score.kind {
        case .bands(let input, let cuts, let descending): bands = (input, cuts, descending)
        case .quantileBands(let input, _, let cuts?, let descending): bands = (input, cuts, descending)
        default: return nil
        }
        return text(
            model.features[bands.input].name, cuts: bands.cuts, isDescending: bands.isDescending, from: Int(old),
            to: Int(new))
    }

    /// The cut that was crossed last: a score is 1 and the number of cuts below the value, counted down when reversed.
    static func text(_ input: String, cuts: [Double], isDescending: Bool, from: Int, to: Int) -> String? {
        func below(_ score: Int) -> Int { isDescending ? cuts.count + 1 - score : score - 1 }
        let (old, new) = (below(from), below(to))
        guard (0...cuts.count).contains(old), (0...cuts.count).contains(new), old != new else { return nil }
        return new > old
            ? "\(input) above \(Sentence.number(cuts[new - 1]))" : "\(input) \(Sentence.number(cuts[new])) or less"
    }
}
