public import ArgumentParser
public import Emulation

/// `tessera emulate eid`: an identity card.
struct EmulateIdentityCard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eid", abstract: "Insert an identity card that wants PACE, until Ctrl-C.",
        discussion: """
            A Luxembourg identity card, as a contactless reader shows it. It needs PACE
            before anything protected can be read, and PACE is not there yet: its
            application can be selected, and everything else answers 6982, as to anybody
            who has not opened the channel. The ATR is published; the rest is inferred from
            sibling products.

            \(EmulationOptions.discussion)

            Examples:
              tessera emulate eid
              tessera emulate eid --model newer
              tessera emulate eid --vpcd localhost:35964 --state eid.json
            """)

    @Option(name: .customLong("model"), help: "Which card: 2014, newer or newest; they differ in the ATR (default: 2014).")
    var chosenModel: EIDModel?
    @OptionGroup var options: EmulationOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard options.vscard == nil, options.transport == nil else {
            throw ValidationError("a contactless card has no choice of T=0: leave --vscard and --transport out.")
        }
    }

    func run() async throws {
        let model = chosenModel ?? .year2014
        var recipe = CardRecipe(application: .identityCard, isChosen: true, identityCard: model)
        recipe.described.take("--model", chosenModel?.rawValue, otherwise: model.rawValue)
        try await EmulationRun(recipe, options, output, remark: "It needs PACE, not yet: what is protected answers 6982.").run()
    }
}

extension EIDModel: ExpressibleByArgument {}
