import ArgumentParser

/// `tessera emulate`: a device that other programs take for a real one.
struct Emulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Be a device that other programs take for a real one.",
        discussion: """
            Examples:
              tessera emulate smartcard
              tessera emulate smartcard --vpcd localhost:35964 --keys p256
              tessera emulate smartcard --count 2 --state card.json
              tessera emulate stick --state stick.json
              tessera emulate eid
              tessera emulate authority ca.pem
              tessera emulate faults --application piv
            """,
        subcommands: [EmulateSmartcard.self, EmulateStick.self, EmulateIdentityCard.self, EmulateAuthority.self, EmulateFaults.self])
}
