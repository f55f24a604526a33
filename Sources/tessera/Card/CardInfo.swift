import ArgumentParser
import CardApplications
import ISO7816

/// `tessera card info`: says what the card is.
struct CardInfo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a card is, which keys it has and how many PIN tries are left. Costs no try.",
        discussion: """
            Examples:
              tessera card info
              tessera card info --reader "Virtual PCD 00 00" --json
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = card.source
        let reader = try await card.readerName(of: source)
        let report = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel)
            var keys: [KeyReport] = []
            for key in application.keys { keys.append(KeyReport(key, pin: try await application.pinState(for: key))) }
            return CardReport(reader: reader, atr: channel.atr.description, application: application.name, keys: keys)
        }
        try output.print(report) { report.text }
    }
}

/// A card, as it is printed.
struct CardReport: Encodable {
    let reader: String
    let atr: String
    let application: String
    let keys: [KeyReport]

    var text: String {
        let title = "\(application.printable) card in \"\(reader.printable)\"\nATR \(atr)\n\n"
        guard !keys.isEmpty else { return title + "No keys with a certificate." }
        var table = Table(header: ["key", "role", "algorithm", "PIN"])
        table.rows = keys.map { [$0.label, $0.role, $0.algorithm, $0.pin] }
        return title + table.text
    }
}

/// A key, as it is printed.
struct KeyReport: Encodable {
    let label: String
    let role: String
    let algorithm: String
    let pin: String
    let triesLeft: Int?

    init(_ key: CardKey, pin state: PINState) {
        label = key.label
        role = key.role.name
        algorithm = key.algorithm.description
        switch state {
        case .notNeeded: (pin, triesLeft) = ("not needed", nil)
        case .verified: (pin, triesLeft) = ("verified", nil)
        case .triesLeft(let tries): (pin, triesLeft) = ("\(tries) \(tries == 1 ? "try" : "tries") left", tries)
        case .blocked: (pin, triesLeft) = ("blocked", 0)
        case .unknown: (pin, triesLeft) = ("the card does not tell", nil)
        }
    }
}

extension CardKey.Role {
    /// What a person calls it.
    var name: String {
        switch self {
        case .authentication: "authentication"
        case .signature: "signature"
        case .decryption: "decryption"
        case .cardAuthentication: "card authentication"
        case .other: "other"
        }
    }
}
