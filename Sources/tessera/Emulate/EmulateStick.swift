import ArgumentParser

/// `tessera emulate stick`: a signing stick, which is reader and card in one.
struct EmulateStick: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stick", abstract: "Be a signing stick: reader and card in one, until Ctrl-C.",
        discussion: """
            The card of the stick is Classic V3 with RSA keys, over T=0. Its ATR and the
            labels of its certificates are published; the rest is inferred from sibling
            products. Certificates come from a test authority. PIN 123456, PUK 12345678.

            What cannot be shown: a stick brings its reader along, and takes it away. The
            readers of vpcd belong to pcscd, stay, and have its names; there only the card
            arrives and leaves. In a virtual machine both do: --vscard gives the card to
            QEMU's reader, and QEMU's own device_add and device_del plug that in and out
            with it. A test in Swift has VirtualReaders.plug.

            \(EmulationOptions.discussion)

            Examples:
              tessera emulate stick
              tessera emulate stick --vpcd localhost:35964 --state stick.json
              tessera emulate stick --vscard localhost:35970
            """)

    @OptionGroup var options: EmulationOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let recipe = CardRecipe(application: .classicV3, isChosen: true)
        let hint =
            options.vscard == nil ? "vpcd's reader stays when the stick goes; with --vscard, in QEMU, reader and card are one." : nil
        try await EmulationRun(recipe, options, output, remark: hint).run()
    }
}
