import ArgumentParser
import CardApplications
import Devices
import Foundation
import ISO7816
import PCSC

/// `tessera card`: one card in one reader.
struct Card: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a card, and sign with it.", subcommands: [CardInfo.self, CardCertificateList.self, CardSign.self])
}

/// Which card is meant.
struct CardOptions: ParsableArguments {
    @Option(help: "The reader's name, or the start of it. Without it, the only reader that holds a card.")
    var reader: String?

    /// The full name of the reader that is meant.
    func readerName(of source: some CardSource) async throws -> String {
        let slots = try await source.slots()
        let names = slots.map(\.reader)
        guard let reader else {
            let filled = slots.filter { $0.content != .empty }
            guard let only = filled.first else { throw CardError(names.isEmpty ? .readerMissing : .cardMissing, names.first ?? "any") }
            guard filled.count == 1 else {
                throw Failure(
                    "\(filled.count) readers hold a card: \(filled.map { "\"\($0.reader)\"" }.joined(separator: ", "))",
                    hint: "choose one with --reader", exit: .usage)
            }
            return only.reader
        }
        if names.contains(reader) { return reader }
        guard let match = names.first(where: { $0.hasPrefix(reader) }) else { throw CardError(.readerMissing, reader) }
        return match
    }
}

/// `tessera card info`: says what the card is.
struct CardInfo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Say what a card is, which keys it has and how many PIN tries are left. Costs no try.")

    @OptionGroup var card: CardOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = PCSCReaders()
        let reader = try await card.readerName(of: source)
        let report = try await source.withCard(in: reader, ending: .leave) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel)
            var keys: [KeyReport] = []
            for key in application.keys { keys.append(KeyReport(key, pin: try await application.pinState(for: key))) }
            return CardReport(reader: reader, atr: channel.atr.description, application: application.name, keys: keys)
        }
        try output.print(report) {
            var table = Table(header: ["key", "role", "algorithm", "PIN"])
            table.rows = report.keys.map { [$0.label, $0.role, $0.algorithm, $0.pin] }
            return "\(report.application) card in \"\(report.reader)\"\nATR \(report.atr)\n\n\(table.text)"
        }
    }
}

private struct CardReport: Encodable {
    let reader: String
    let atr: String
    let application: String
    let keys: [KeyReport]
}

private struct KeyReport: Encodable {
    let label: String
    let role: String
    let algorithm: String
    let pin: String
    let triesLeft: Int?

    init(_ key: CardKey, pin state: PINState) {
        label = key.label
        role = "\(key.role)"
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
