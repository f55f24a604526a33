public import ArgumentParser
public import Emulation
import Foundation

/// Where emulated cards go, how many they are, and what keeps them: the same for every kind.
struct EmulationOptions: ParsableArguments {
    /// What the commands' help says of these options.
    static let discussion = """
        With --state the card lasts: the file keeps its keys and counts its wrong PINs.
        A file that is there is used as it is, and what describes a new card
        (application, holder, keys, protocol, dates) has to agree with what the card
        was made with. It is a test card's, in the clear, unless it is made with
        --sealed or --passphrase-file; then PINs and keys are encrypted. --count puts
        more cards at the following ports, in files with numbers: card-1.json,
        card-2.json. Without --state keys are made at the start and forgotten at the
        end. --valid-from and --valid-until make certificates that have expired, or are
        not valid yet. With --authority a new card's certificates come from an
        authority that lasts, too, and "tessera emulate authority" says whether they
        are revoked. With --vscard the card is in the reader of a virtual machine
        instead (QEMU's ccid-card-passthru); --slow there makes one instruction take
        its time.
        """

    @Option(help: "Where vpcd listens: HOST:PORT.")
    var vpcd = Endpoint(host: "localhost", port: 35963)
    @Option(help: "Where a chardev of QEMU listens, instead of vpcd: HOST:PORT.")
    var vscard: Endpoint?
    @Option(help: "With --vscard: an instruction that takes its time, INS:SECONDS.")
    var slow: SlowCommand?
    @Option(help: "What goes wrong, as \"tessera emulate faults --help\" says.")
    var faults = FaultPlan.none
    @Option(help: "How many cards, at this port and the following ones: 1 to 64.")
    var count = 1
    @Option(help: "The file that keeps the card; it is made when it is not there.", completion: .file())
    var state: String?
    @Option(help: "A file whose first line is the passphrase of --state.", completion: .file())
    var passphraseFile: String?
    @Flag(help: "The file of --state is sealed under a passphrase, a new one too; it is asked for.")
    var sealed = false
    @Option(help: "The protocol of a new card: t0 or t1 (default: the one that such cards speak).")
    var transport: CardTransmission?
    @Flag(name: .customLong("no-extended"), help: "A new card refuses commands with lengths of two bytes.")
    var refusesExtended = false
    @Option(name: .customLong("holder"), help: "The name in a new card's certificates (default: Test Holder).")
    var chosenHolder: String?
    @Option(help: "Write the test authority's certificate into this PEM file.", completion: .file())
    var root: String?
    @OptionGroup var certificates: AuthorityOptions

    func validate() throws {
        guard slow == nil || vscard != nil else { throw ValidationError("--slow needs --vscard.") }
        guard vscard == nil || transport != .t1 else { throw ValidationError("QEMU's reader knows T=0 only.") }
        guard (1...64).contains(count) else { throw ValidationError("--count takes 1 to 64.") }
        let first = vscard ?? vpcd
        guard first.following(count) != nil else { throw ValidationError("there are not so many ports behind \(first).") }
        guard state != nil || passphraseFile == nil && !sealed else { throw ValidationError("a passphrase needs --state.") }
        guard state != "" else { throw ValidationError("--state takes a file name.") }
    }

    var holder: String { chosenHolder ?? "Test Holder" }

    /// What the options say of a new card, beside what its kind has.
    ///
    /// - Parameter card: the card that was made with them; what was not chosen shows there.
    func describe(_ options: inout NewCardOptions, of card: VirtualCard?) {
        options.take("--holder", chosenHolder, otherwise: holder)
        options.take("--transport", transport?.rawValue, otherwise: card.map { $0.rules.isT0 ? "t0" : "t1" })
        options.take("--no-extended", refusesExtended ? "yes" : nil)
        options.take("--revocation", certificates.revocation)
        options.take("--valid-from", certificates.validFrom?.text)
        options.take("--valid-until", certificates.validUntil?.text)
    }

    /// Whether a passphrase keeps the cards' secrets.
    var isSealed: Bool { sealed || passphraseFile != nil }

    /// Where the cards go.
    var places: [Endpoint] { (vscard ?? vpcd).following(count) ?? [] }

    /// The file of each card: `card.json`, or `card-1.json`, `card-2.json`.
    var files: [String]? {
        guard let state else { return nil }
        guard count > 1 else { return [state] }
        let kind = (state as NSString).pathExtension
        let stem = (state as NSString).deletingPathExtension
        return (1...count).map { kind.isEmpty ? "\(state)-\($0)" : "\(stem)-\($0).\(kind)" }
    }
}

extension SlowCommand: ExpressibleByArgument {}
