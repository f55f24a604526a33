public import ArgumentParser
public import Emulation

/// `tessera emulate smartcard`: inserts emulated cards into vpcd, or into readers of QEMU.
struct EmulateSmartcard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "smartcard", abstract: "Insert a card into a virtual reader of the machine's pcscd, until Ctrl-C.",
        discussion: """
            pcscd needs the vpcd driver (Debian: vsmartcard-vpcd), which listens on ports
            35963 and 35964. The card has the application of PIV, of PKCS#15 (as an OsEID
            has it, or with --style iso as the standards alone say it), of IAS Classic
            (current LuxTrust smartcard) or of Classic V3 (signing stick and older
            smartcards); the last two have RSA keys and rest on what is known of sibling
            products. Certificates come from a test authority. A test card: PIN 123456, PUK
            12345678.

            \(EmulationOptions.discussion)

            Examples:
              tessera emulate smartcard --vpcd localhost:35963
              tessera emulate smartcard --application pkcs15 --keys p384
              tessera emulate smartcard --application pkcs15 --style iso
              tessera emulate smartcard --application ias-classic --transport t1
              tessera emulate smartcard --keys p256 --holder "Jo Test" --root root.pem
              tessera emulate smartcard --valid-until 2026-01-31
              tessera emulate smartcard --piv-extensions yubico
              yubico-piv-tool --reader "Virtual PCD" --action status
              tessera emulate smartcard --count 2 --state card.json
              tessera emulate smartcard --state my.json --passphrase-file secret.txt
              pkcs11-tool --login --pin 123456 --test
              tessera emulate smartcard --vscard localhost:35970 --slow 87:5
            """)

    @Option(help: "What a new card has: piv, pkcs15, ias-classic or classic-v3 (default: piv).")
    var application: Application?
    @Option(name: .customLong("style"), help: "PKCS#15: whose ways it has, oseid or iso (default: oseid).")
    var chosenStyle: PKCS15Style?
    @Option(
        name: .customLong("keys"),
        help: "A new card's keys: rsa2048, rsa3072, rsa4096 (PIV, and --style iso), p256 or p384 (default: rsa2048).")
    var chosenKeys: CardKeyKind?
    @Option(help: "PIV: a maker's commands beside the standard's: yubico.")
    var pivExtensions: PIVOptions.Extensions?
    @Option(
        help: """
            PIV: a test's management key, no secret: 3des:, aes128:, aes192: or aes256: and hexadecimal digits (default: \
            0102030405060708 three times).
            """)
    var managementKey: ManagementKeyOption?
    @OptionGroup var options: EmulationOptions
    @OptionGroup var output: OutputOptions

    /// The applications of a card that goes into a reader.
    struct Application: ExpressibleByArgument {
        let application: EmulatedApplication

        init?(argument: String) {
            guard let application = EmulatedApplication(rawValue: argument), application != .identityCard else { return nil }
            self.application = application
        }
    }

    private var style: PKCS15Style { chosenStyle ?? .oseid }
    private var keys: CardKeyKind { chosenKeys ?? .rsa2048 }

    func validate() throws {
        let application = application?.application ?? .piv
        guard application.takes(keys, style) else {
            throw ValidationError("a card of \(application.rawValue) has no keys of \(keys.rawValue)")
        }
        guard application == .piv || pivExtensions == nil && managementKey == nil else {
            throw ValidationError("--piv-extensions and --management-key need --application piv.")
        }
        guard managementKey == nil || !options.isSealed else {
            throw ValidationError("--management-key is no secret, as every argument; a sealed card gets its own one from a manager.")
        }
        guard chosenStyle == nil || application == .pkcs15 else { throw ValidationError("--style needs --application pkcs15.") }
    }

    func run() async throws {
        var recipe = CardRecipe(application: application?.application ?? .piv, isChosen: application != nil, keys: keys)
        recipe.piv = PIVOptions(managementKey: managementKey?.key ?? .wellKnown, extensions: pivExtensions)
        recipe.style = style
        recipe.described.take("--keys", chosenKeys?.rawValue, otherwise: keys.rawValue)
        recipe.described.take(
            "--style", chosenStyle?.rawValue, otherwise: recipe.application == .pkcs15 ? style.rawValue : nil)
        recipe.described.take("--piv-extensions", pivExtensions?.rawValue)
        recipe.described.take("--management-key", managementKey?.text)
        try await EmulationRun(recipe, options, output).run()
    }
}

extension CardKeyKind: ExpressibleByArgument {}

extension CardTransmission: ExpressibleByArgument {}
