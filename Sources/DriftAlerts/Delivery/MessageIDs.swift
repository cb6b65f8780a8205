public import Systemd

/// The journal's constants per kind of alert; `systemd/segdrift.catalog` explains them.
public enum MessageIDs {
    public static let transition = JournalMessageID("ec871ab15a7e461181ab218c8bf49313")
    public static let digest = JournalMessageID("0320e55fb3534ab097b5ab0b8beb1858")
    /// Population, size and flow rules.
    public static let population = JournalMessageID("20bc0b5ea73b48db9ce510ac3f87731b")
    public static let intake = JournalMessageID("bcfc6d4f1f994e919797a7986854d580")
    public static let assumption = JournalMessageID("37d1934935094d449e6a81d2cc8bb4c2")
    /// The daemon's own trouble: a dead destination, a full disk.
    public static let ownTrouble = JournalMessageID("2291ac76ec85473aac931c7d8b0f4246")

    /// The constant for a CloudEvents type.
    public static func of(eventType: String) -> JournalMessageID {
        switch eventType {
        case "segdrift.transition.v1", "segdrift.flapping.v1": transition
        case "segdrift.digest.v1": digest
        case "segdrift.intake.v1": intake
        case "segdrift.assumption.v1": assumption
        case "segdrift.population.v1", "segdrift.size.v1", "segdrift.flow.v1": population
        default: ownTrouble
        }
    }
}
