import ArgumentParser
import Pictures

/// `tessera verify images`: what there is to choose from.
struct VerifyImages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "images", abstract: "List the pictures that a secret image can show, with their names in English and French.",
        discussion: """
            Examples:
              tessera verify images
              tessera verify images --json
              tessera verify images --png sheet.png
            """)

    @Option(help: "Draw all of them with their English names into this PNG file.", completion: .file())
    var png: String?
    @OptionGroup var output: OutputOptions

    func run() throws {
        if let png {
            try OutputGuard.check(picture: png)
            try InputFile.write(SecretImageRenderer().sheet(), to: png)
        }
        let rows = SecretPicture.all.map { Row(name: $0.name, french: $0.name(in: .french)) }
        try output.print(rows) { Table(header: ["NAME", "FRENCH"], rows: rows.map { [$0.name, $0.french] }).text }
    }

    private struct Row: Encodable {
        let name: String
        let french: String
    }
}
