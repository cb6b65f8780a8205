/// A directory to start from: configuration, model and spool.
enum StarterFiles {
    /// Name below the directory, and content.
    static let files: [(name: String, text: String)] = [
        ("segdrift.yaml", StarterConfiguration.text), ("models/shop.yaml", StarterModel.text),
    ]
    static let directories = [
        "models", "state", "spool/incoming/shop", "spool/incoming/web", "spool/incoming/crm", "spool/work",
        "spool/archive", "spool/quarantine",
    ]

    /// Makes the directories and writes the files.
    /// - Parameter replacing: Whether files that are there already may be written over.
    static func write(to directory: String, replacing: Bool) throws(Failure) {
        if !replacing, let taken = files.first(where: { FileOutput.exists("\(directory)/\($0.name)") }) {
            throw Failure(
                ExitStatus.cannotCreate, "'\(directory)/\(taken.name)' is there already",
                hint: "choose another directory, or --force to write it anew")
        }
        for name in directories { try FileOutput.makeDirectory("\(directory)/\(name)") }
        for file in files { try FileOutput.write(file.text, to: "\(directory)/\(file.name)") }
    }
}
