import ArgumentParser
import DeviceProtocol
import Foundation
import ISO7816
import Pictures

/// `tessera verify image`: draws a secret image.
struct VerifyImage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Draw a secret image: the picture somebody chose, with an operation's details in it.",
        discussion: """
            The details are chosen as in "tessera scan challenge". Each operation has an
            image of its own, made by its --id; without one, it is drawn at random. A
            character that no font has is an error: --font names more fonts, the first
            one that has a character draws it.

            Examples:
              tessera verify image --name lighthouse --png image.png
              tessera verify image --name cat --png image.png --amount 12.50 \\
                --iban "LU28 0019 4006 4475 0000" --payee Bakery --json
              tessera verify image --name key --png image.png --payee 東京 \\
                --iban "LU28 0019 4006 4475 0000" --font /path/to/NotoSansCJK.ttc
            """)

    @Option(help: "The picture's name, in English: see \"tessera verify images\".")
    var name: String
    @Option(help: "Draw into this PNG file.", completion: .file())
    var png: String
    @OptionGroup(title: "What is asked") var content: ContentOptions
    @Option(help: "Whose page it is: the bank's host name.")
    var origin = "bank.example"
    @Option(help: "The operation's id, 32 hexadecimal digits.")
    var id: String?
    @Option(help: "A font file for characters that DejaVu Sans lacks. May be repeated.", completion: .file())
    var font: [String] = []
    @Option(help: "The language of the picture's name in the text for screen readers.")
    var language = Tongue.en
    @OptionGroup var output: OutputOptions

    func run() throws {
        let fonts: [String?] = font
        try OutputGuard.check(picture: png, against: fonts + [content.batch])
        let picture = try SecretPicture.named(name)
        let renderer = try SecretImageRenderer(fonts: SecretImageRenderer.shippedFonts + font)
        var random = SystemRandomNumberGenerator()
        let challenge = try Challenge(
            id: id.map(Self.challengeID) ?? ChallengeID(using: &random), origin: origin, issuedAt: Date(), content: content.content())
        let file = try renderer.png(of: picture, for: challenge)
        try InputFile.write(file, to: png)
        let report = Report(
            name: picture.name, id: challenge.id.description, png: png, bytes: file.count,
            alternativeText: picture.alternativeText(showing: challenge.summary, in: language == .fr ? .french : .english))
        try output.print(report) { "Drawn into \(png): \(file.count) bytes.\nFor screen readers: \(report.alternativeText)" }
    }

    enum Tongue: String, CaseIterable, ExpressibleByArgument { case en, fr }

    /// Reads an operation's id.
    static func challengeID(_ text: String) throws -> ChallengeID {
        guard let bytes = [UInt8](hexadecimal: text) else {
            throw Failure("\"\(text)\" is no operation's id", hint: "give 32 hexadecimal digits, or leave --id out", exit: .usage)
        }
        return try ChallengeID(bytes)
    }

    private struct Report: Encodable {
        let name: String
        let id: String
        let png: String
        let bytes: Int
        let alternativeText: String
    }
}
