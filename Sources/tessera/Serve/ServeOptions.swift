import ArgumentParser

/// What can be said of `tessera serve` on its command line; each option takes precedence over the file.
struct ServeOptions: ParsableArguments {
    @Option(
        help: "The file with the configuration, in JSON; serve.json in /etc/tessera or ~/.config/tessera, when there is one.",
        completion: .file())
    var configuration: String?
    @Option(help: "The socket on which it listens.", completion: .file())
    var socket: String?
    @Option(help: "What names this daemon among those that share a store; the host's name.")
    var node: String?
    @Option(
        help: ArgumentHelp(
            "Let this user open the socket: deviceUser, verifier, administrator, observer, with commas. Again for others.",
            valueName: "user=roles"))
    var allow: [String] = []
    @Option(help: ArgumentHelp("Listen on loopback, too, with --tokens.", valueName: "127.0.0.1:port"))
    var listen: String?
    @Option(help: "The file of tokens: a name, its roles and its token a line.", completion: .file())
    var tokens: String?
    @Option(help: "The store's file, or a postgresql:// address; made when it is missing.", completion: .file())
    var store: String?
    @Flag(help: "It is a store for tests: emulated devices and test roots.")
    var test = false
    @OptionGroup var keys: StoreKeyOptions
    @Option(help: "Who asks, as every challenge says it: the bank's name on the network.")
    var origin: String?
    @Option(help: "The file with the X25519 key, in PEM, that seals challenges for Scan and Mobile.", completion: .file())
    var issuerKey: String?
    @Option(help: "The file with the key of strangers' pictures, hexadecimal, 16 bytes or more.", completion: .file())
    var decoyKeyFile: String?
    @Option(help: "The file with the root that vouches for cards.", completion: .file())
    var root: [String] = []
    @Flag(help: "Admit products whose end of life has passed.")
    var admitRetired = false
    @Option(help: "The file with the signature rules, in JSON.", completion: .file())
    var rules: String?
    @OptionGroup var pins: PINEntryOptions
    @Flag(help: "Emulate devices, on a socket of their own; for a store for tests.")
    var emulators = false
    @Option(help: "That socket.", completion: .file())
    var emulatorsSocket: String?
    @Option(help: "What is logged: trace, debug, info, notice, warning, error, critical.")
    var logLevel: String?
    @Option(help: "How it is logged: text, json.")
    var logFormat: String?
}

extension ServeOptions {
    /// None at all: only a parser can make them.
    static func none() throws(ServeConfigurationErrors) -> ServeOptions {
        do { return try parse([]) } catch {
            throw ServeConfigurationErrors(.init(.missing, "", "\(error)", hint: "give it as an option of \"tessera serve\""))
        }
    }
}
