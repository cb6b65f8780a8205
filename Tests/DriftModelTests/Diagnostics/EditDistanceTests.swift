import DriftModel
import Testing

@Suite struct EditDistanceTests {
    @Test(arguments: [
        ("recncy", "recency"), ("RECENCY", "recency"), ("monetray", "monetary"), ("frequencey", "frequency"),
    ])
    func aCloseNameIsMeant(name: String, expected: String) {
        #expect(DidYouMean.closest(to: name, among: ["frequency", "recency", "monetary"]) == expected)
    }

    @Test func aFarNameIsNot() {
        #expect(DidYouMean.closest(to: "country", among: ["recency", "monetary"]) == nil)
        #expect(DidYouMean.hint(for: "country", among: ["recency", "monetary"]) == "accepted: recency, monetary")
    }

    @Test(arguments: [("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("same", "same", 0)])
    func theDistanceCountsEdits(left: String, right: String, expected: Int) {
        #expect(DidYouMean.editDistance(left, right) == expected)
    }
}
