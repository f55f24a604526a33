import ArgumentParser
import Crypto
import Foundation
import Pictures
import Verification

/// The server's key from which strangers' pictures are drawn.
struct DecoyOptions: ParsableArguments {
    @Option(help: "The file with the key of strangers' pictures, hexadecimal, 16 bytes or more.", completion: .file())
    var decoyKeyFile: String

    func set() async throws -> SecretImageSet {
        let key = try await SecretInput.file(decoyKeyFile).hexadecimalKey(SecretInput.drawnKey)
        return try SecretImageSet(SecretPicture.all.map(\.name), decoyKey: key)
    }
}

/// `tessera subscriber image`.
struct SubscriberImage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Show the secret image that a user ID is shown: chosen, or a decoy.",
        discussion: """
            A user ID that does not exist, and one without a choice, is shown a decoy, the
            same every time; nothing here tells them apart. With an operation's details:
            "tessera verify image".

            \(StoreOptions.besides)

            Examples:
              tessera subscriber image alice --decoy-key-file k --store b --png a.png
              tessera subscriber image nobody --decoy-key-file k --store b --json
            """)

    @Argument(help: "The user ID, as it was typed.")
    var id: String
    @OptionGroup var decoy: DecoyOptions
    @Option(help: "Draw the picture into this PNG file.", completion: .file())
    var png: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if let png { try OutputGuard.check(picture: png, against: [decoy.decoyKeyFile] + store.files) }
        let name = try await SecretImages(store: store.desk().store, set: decoy.set()).picture(for: id)
        let picture = try SecretPicture.named(name)
        if let png { try InputFile.write(picture.png(), to: png) }
        let report = PictureReport(picture)
        try output.print(report) { "\(report.name) (\(report.french))" }
    }
}

/// `tessera subscriber choose-image`.
struct SubscriberChooseImage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "choose-image", abstract: "Choose a secret image in a session: first the nine, then one of them.",
        discussion: """
            Without a name the nine to choose from are listed, and with --png drawn. The
            first one is chosen in a session that a card or stick opened. Another one is
            chosen with the operation that the customer approved for it.

            \(StoreOptions.besides)

            Examples:
              tessera subscriber choose-image --session s --decoy-key-file k --store b
              tessera subscriber choose-image lighthouse --session s \\
                --decoy-key-file k --store b --json
            """)

    @Argument(help: "The picture's name, in English; none to be shown the nine.")
    var name: String?
    @Option(help: "The file with the session's token.", completion: .file())
    var session: String
    @Option(help: "The operation that approved a change: 32 hexadecimal digits.")
    var approvedBy: String?
    @OptionGroup var decoy: DecoyOptions
    @Option(help: "Draw the nine, or the one, into this PNG file.", completion: .file())
    var png: String?
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        if let png { try OutputGuard.check(picture: png, against: [session, decoy.decoyKeyFile] + store.files) }
        guard let token = SessionToken(text: String(decoding: try await SecretInput.file(session).bytes(), as: UTF8.self)) else {
            throw Failure("\"\(session)\" holds no session's token", hint: "it is 64 hexadecimal digits", exit: .usage)
        }
        let operation = try approvedBy.map(VerifyImage.challengeID)
        let images = SecretImages(store: try await store.desk().store, set: try await decoy.set())
        guard let name else {
            let nine = try await images.offer(in: token).map { try SecretPicture.named($0) }
            if let png { try InputFile.write(SecretImageRenderer().sheet(of: nine, columns: 3), to: png) }
            let reports = nine.map(PictureReport.init)
            return try output.print(reports) { Table(header: ["NAME", "FRENCH"], rows: reports.map { [$0.name, $0.french] }).text }
        }
        let picture = try SecretPicture.named(name)
        try await images.choose(picture.name, in: token, approvedBy: operation)
        if let png { try InputFile.write(picture.png(), to: png) }
        try output.print(PictureReport(picture)) { "chosen: \(picture.name)" }
    }
}

/// A picture, as it is printed.
struct PictureReport: Encodable {
    let name: String
    let french: String

    init(_ picture: SecretPicture) {
        name = picture.name
        french = picture.name(in: .french)
    }
}
