import ArgumentParser

@main
struct Segdrift: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "segdrift", abstract: "Keeps every customer's segment true and tells people when customers move.")
}
