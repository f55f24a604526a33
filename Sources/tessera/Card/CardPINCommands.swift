import ArgumentParser
import CardApplications
import Devices

/// Which PIN of the card is meant.
struct PINOptions: ParsableArguments {
    @Option(help: "Which PIN: its label, as \"tessera card info\" prints it. Without it, the one that guards the keys.")
    var pin: String?

    var choice: CardPINs.Choice {
        switch pin?.lowercased() {
        case nil: .ofKeys
        case "puk": .unblocking
        case let label?: .labelled(label)
        }
    }
}

/// What became of a PIN, as it is printed.
private struct PINResult: Encodable {
    let reader: String
    let result: String
    let triesLeft: Int?
}

/// `tessera card verify`: checks a PIN.
struct CardVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check a PIN, and say how many tries are left.",
        discussion: """
            A wrong PIN costs a try; the last one is spent only if you say so. The PIN is
            asked on the terminal; from a script, it is one line of standard input.
            With --pinentry, a window asks, or what that program is.

            Examples:
              tessera card verify
              tessera card verify --pin "Signature PIN" --json < pin.txt
              tessera card verify --pinentry pinentry-gnome3
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var entry: PINEntryOptions
    @OptionGroup var pin: PINOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard pin.choice != .unblocking else {
            throw Failure(
                "a PUK cannot be checked without using it", hint: "\"tessera card unblock\" uses it to set a new PIN", exit: .usage)
        }
        let source = card.source
        let reader = try await card.readerName(of: source)
        let state = try await CardPINs(reader: reader, of: source, usesPinpad: !entry.noPinpad).verify(pin.choice, with: entry.holder)
        try output.print(PINResult(reader: reader, result: "right", triesLeft: state.triesLeft)) {
            "The PIN is right" + (state.triesLeft.map { _ in ", \(state.telling)." } ?? ".")
        }
    }
}

/// `tessera card change-pin`: sets a PIN anew, knowing the old one.
struct CardChangePIN: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change-pin", abstract: "Change a PIN or the PUK, knowing the present one.",
        discussion: """
            The new PIN is asked for twice and looked at before anything is sent: a slip of
            the finger costs no try. A wrong present PIN costs one. From a script, standard
            input holds three lines: the present PIN and twice the new one.

            Examples:
              tessera card change-pin
              tessera card change-pin --pin puk
              tessera card change-pin --reader "Virtual PCD 00 00" --json < lines.txt
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var entry: PINEntryOptions
    @OptionGroup var pin: PINOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let source = card.source
        let reader = try await card.readerName(of: source)
        try await CardPINs(reader: reader, of: source, usesPinpad: !entry.noPinpad).change(pin.choice, with: entry.holder)
        try output.print(PINResult(reader: reader, result: "changed", triesLeft: nil)) {
            "The \(pin.choice == .unblocking ? "PUK" : "PIN") is changed."
        }
    }
}

/// `tessera card unblock`: sets a blocked PIN anew with the PUK.
struct CardUnblock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unblock", abstract: "Set a blocked PIN anew, with the PUK.",
        discussion: """
            A wrong PUK costs a try of its own, and a card whose PUK is blocked is lost.
            The new PIN is asked for twice and looked at before anything is sent. From a
            script, standard input holds three lines: the PUK and twice the new PIN; where
            the card does not tell the PUK's tries, a line y comes before them.

            Examples:
              tessera card unblock
              tessera card unblock --pin "Signature PIN" --reader "Virtual PCD 00 00"
            """)

    @OptionGroup var card: CardOptions
    @OptionGroup var entry: PINEntryOptions
    @OptionGroup var pin: PINOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        guard pin.choice != .unblocking else {
            throw Failure("nothing unblocks a PUK", hint: "ask the helpdesk for a new card", exit: .usage)
        }
        let source = card.source
        let reader = try await card.readerName(of: source)
        try await CardPINs(reader: reader, of: source, usesPinpad: !entry.noPinpad).unblock(pin.choice, with: entry.holder)
        try output.print(PINResult(reader: reader, result: "unblocked", triesLeft: nil)) { "The PIN is set anew, and works again." }
    }
}
