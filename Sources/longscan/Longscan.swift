import ArgumentParser

@main
struct Longscan: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "longscan")
}
