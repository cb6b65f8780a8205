internal import Crypto

/// Names an alert by its facts, so that working through the same facts again cannot make a second one.
public enum AlertID {
    /// Hex SHA-256 over (instance, rule, group, customer or window, segmentation, seq).
    ///
    /// Parts go in with their lengths: no two lists of parts have the same bytes.
    public static func make(
        instance: String, rule: String, group: String = "", subject: String, segmentation: String = "", seq: Int64 = 0
    ) -> String {
        var hash = SHA256()
        for part in [instance, rule, group, subject, segmentation, String(seq)] {
            hash.update(data: Array("\(part.utf8.count):".utf8))
            hash.update(data: Array(part.utf8))
        }
        return Hexadecimal.text(hash.finalize())
    }
}
