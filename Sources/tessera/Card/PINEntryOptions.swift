import ArgumentParser
import DeviceProtocol
import PINEntry

/// Where the person enters a PIN: the reader's own keys where it has some, otherwise pinentry or the terminal.
struct PINEntryOptions: ParsableArguments {
    @Flag(help: "Type the PIN on this machine, even where the reader has keys of its own.")
    var noPinpad = false
    @Option(
        help: ArgumentHelp("Ask for the PIN with this pinentry: a path or a name.", valueName: "program"),
        completion: .shellCommand("ls /usr/bin/pinentry* 2>/dev/null"))
    var pinentry: String?

    /// Who is asked.
    var holder: any Holder { pinentry.map { PinentryHolder(program: $0) } ?? TerminalHolder() }
}
