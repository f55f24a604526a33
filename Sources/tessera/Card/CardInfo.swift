import ArgumentParser
import CardApplications
import ISO7816

/// `tessera card info`: says what the card is.
struct CardInfo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a card is, which keys it has and how many PIN tries are left. Costs no try.",
        discussion: """
            A family that is only inferred from sibling cards, and what the card holds but
            Tessera cannot use, are told as such.

            Examples:
              tessera card info
              tessera card info --retired
              tessera card info --reader "Virtual PCD 00 00" --json
            """)

    @OptionGroup var card: CardOptions
    @Flag(help: "Read the keys of before as well, which decrypt what was encrypted for them.")
    var retired = false
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = card.source
        let reader = try await card.readerName(of: source)
        let withRetired = retired
        let report = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel)
            return try await CardReport(application, reader: reader, withRetired: withRetired)
        }
        try output.print(report) { report.text }
    }
}
