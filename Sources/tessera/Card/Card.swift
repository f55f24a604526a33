import ArgumentParser
import ISO7816
import PCSC

/// `tessera card`: one card in one reader.
struct Card: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at a card, sign with it, and keep its PIN.",
        discussion: """
            Examples:
              tessera card info
              tessera card certificates --pem --key signature
              tessera card sign contract.pdf
              tessera card test
            """,
        subcommands: [
            CardInfo.self, CardCertificateList.self, CardSign.self, CardVerify.self, CardChangePIN.self, CardUnblock.self, CardTest.self,
            CardProbing.self, CardTracing.self,
        ])
}

/// Which card is meant, and how long it may be somebody else's.
struct CardOptions: ParsableArguments {
    @Option(help: "The reader's name, or the start of it. Without it, the only reader that holds a card.")
    var reader: String?
    @Option(help: "How many more seconds to wait while another program holds the card.")
    var wait = 10
    @Flag(help: "Read certificates from the card, even those that were read before.")
    var noCache = false

    func validate() throws {
        guard (0...3600).contains(wait) else { throw ValidationError("Waiting takes 0 to 3600 seconds, not \(wait).") }
    }

    /// The readers of this machine, or what `tessera card trace` puts in their place.
    var source: any CardSource { CardConversation.source(deadlines: PCSCDeadlines(beginTransaction: .seconds(wait)), isCached: !noCache) }

    /// The full name of the reader that is meant.
    func readerName(of source: some CardSource) async throws -> String { try Self.choose(reader, among: try await source.slots()) }

    static func choose(_ wanted: String?, among slots: [CardSlot]) throws -> String {
        guard !slots.isEmpty else {
            throw Failure(
                "no reader is attached", hint: "attach one; \"tessera readers --watch\" shows when it is there", exit: .environment)
        }
        if let wanted, slots.contains(where: { $0.reader == wanted }) { return wanted }
        let candidates = slots.filter { wanted.map($0.reader.hasPrefix) ?? ($0.content != .empty) }.map(\.reader)
        switch (candidates.count, wanted) {
        case (1, _): return candidates[0]
        case (0, let wanted?): throw CardError(.readerMissing, wanted)
        case (0, nil) where slots.count == 1: throw CardError(.cardMissing, slots[0].reader)
        case (0, nil):
            throw Failure(
                "none of the \(slots.count) readers holds a card", hint: CardError(.cardMissing, "").hint, exit: .environment)
        case (_, let wanted):
            let names = candidates.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Failure(
                wanted == nil ? "\(candidates.count) readers hold a card: \(names)" : "\(candidates.count) readers begin so: \(names)",
                hint: "choose one with --reader", exit: .usage)
        }
    }
}
