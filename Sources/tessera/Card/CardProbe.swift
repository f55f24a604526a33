import ArgumentParser
import CardApplications
import CardProfiles
import Foundation
import ISO7816

/// `tessera card probe`: what an unknown card answers, to be sent in.
struct CardProbing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe", abstract: "Ask an unknown card harmless questions, for a report that can be sent in.",
        discussion: """
            No PIN is asked for or sent, no try is spent, nothing is written, and no
            certificate is read: the report does not name the card's holder. It does hold
            numbers of the chip, which tell this card from others.

            Examples:
              tessera card probe
              tessera card probe --json > unknown-card.json
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = card.source
        let reader = try await card.readerName(of: source)
        let probe = try await source.withCard(in: reader, ending: .reset) { channel async throws(CardError) in
            await CardProbe.run(on: channel)
        }
        try Task.checkCancellation()
        let report = ProbeReport(probe, reader: reader)
        try output.print(report) { report.text }
    }
}

/// A probe, as it is printed.
struct ProbeReport: Encodable {
    struct Step: Encodable {
        let question: String
        let command: String
        let status: String?
        let data: String?
        let failure: String?
    }

    let reader: String
    let atr: String
    let historicalBytes: String
    let protocols: [String]
    let knownToAnswerSo: [String]
    let confirmed: [String]
    let steps: [Step]

    init(_ probe: CardProbe, reader: String) {
        self.reader = reader
        atr = probe.atr.description
        historicalBytes = probe.atr.historicalBytes.hexadecimal
        protocols = probe.atr.protocols.map { "T=\($0)" }
        knownToAnswerSo = probe.candidates.map { "\($0.name) (\($0.pattern.confidence.rawValue): \($0.pattern.source))" }
        confirmed = probe.confirmed
        steps = probe.steps.map {
            Step(
                question: $0.question, command: $0.command.hexadecimal, status: $0.status?.description,
                data: $0.data.isEmpty ? nil : $0.data.hexadecimal, failure: $0.failure?.description)
        }
    }

    var text: String {
        var table = Table(header: ["question", "command", "answer"])
        table.rows = steps.map { step in
            [step.question, step.command, step.failure ?? [step.data, step.status].compactMap(\.self).joined(separator: " ")]
        }
        let known = knownToAnswerSo.isEmpty ? "no card that Tessera has heard of" : knownToAnswerSo.joined(separator: "; ")
        let found = confirmed.map { family in
            let confidence = CardProfile.all.first { $0.family == family }?.applicationID.confidence
            return confidence == .inferred ? "\(family) (its identifier is inferred from sibling cards)" : family
        }
        return """
            Card in "\(reader.printable)"
            ATR          \(atr)
            Historical   \(historicalBytes.isEmpty ? "none" : historicalBytes)
            Protocols    \(protocols.joined(separator: ", "))
            Answers so   \(known)
            Confirmed    \(found.isEmpty ? "no application" : found.joined(separator: ", "))

            \(table.text)
            """
    }
}
