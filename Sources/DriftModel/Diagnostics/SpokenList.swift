/// A list for messages: "a, b and c".
/// - Parameters:
///   - names: In the order to show.
///   - limit: More than this many are cut short.
public func spokenList(_ names: some Sequence<String>, listingUpTo limit: Int = 24) -> String {
    var shown = Array(names)
    if shown.count > limit { shown = Array(shown.prefix(limit)) + ["…"] }
    guard let last = shown.popLast() else { return "" }
    return shown.isEmpty ? last : shown.joined(separator: ", ") + " and " + last
}
