import DriftModel
import Testing

@Suite struct DidYouMeanNames {
    @Test(arguments: [
        ("titel", "title"), ("tilte", "title"), ("titles", "title"), ("TITLE", "title"),
        ("segmentation", "segmentations"),
    ])
    func slipsOfTheFingerAreUnderstood(_ written: String, _ meant: String) {
        #expect(DidYouMean.closest(to: written, among: ["model", "title", "segmentations"]) == meant)
    }

    @Test func whatIsFarOffIsNotGuessed() {
        #expect(DidYouMean.closest(to: "owner", among: ["model", "title"]) == nil)
        #expect(DidYouMean.closest(to: "a", among: ["b", "c"]) == nil)
    }

    @Test func theClosestWinsAndTheFirstOfEquals() {
        #expect(DidYouMean.closest(to: "cat", among: ["cart", "car", "bat"]) == "cart")
        #expect(DidYouMean.closest(to: "from", among: ["form", "from_"]) == "form")
    }

    @Test func listsReadAsSpoken() {
        #expect(spokenList(["a"]) == "a")
        #expect(spokenList(["a", "b", "c"]) == "a, b and c")
        #expect(spokenList(["a", "b", "c"], listingUpTo: 2) == "a, b and …")
    }
}
