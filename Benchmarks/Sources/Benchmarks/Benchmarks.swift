import Crypto
import Emulation
import Foundation
import SQLiteStore
import Verification

/// Measures every case beside its peer and prints one table.
///
/// Words after the program's name choose the cases whose names contain one of them.
@main
struct Benchmarks {
    /// What is set beside what; made only when it is measured.
    private struct Case {
        let name: String
        let make: () async throws -> (ours: any Workload, peer: any Workload)
    }

    static func main() async {
        do {
            if let server = SubmittingProcess.server(in: CommandLine.arguments) { return try await SubmittingProcess.serve(server) }
            if let folder = BridgeProcess.folder(in: CommandLine.arguments) { return try await BridgeServer(in: folder).run() }
            try await run(only: CommandLine.arguments.dropFirst().map { $0.lowercased() })
        } catch {
            report("bench: error: \(error)")
            exit(1)
        }
    }

    private static func run(only words: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tessera-bench-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }

        var table = ResultTable()
        var notes: [String] = []
        for example in cases(in: folder) {
            let name = example.name.lowercased()
            guard words.isEmpty || words.contains(where: name.contains) else { continue }
            report("bench: \(example.name)")
            let (ours, peer) = try await example.make()
            table.add(example.name, ours.name, peer.name, try await Measurement().compare(ours, with: peer))
            if let note = ours.note { notes.append("\(example.name): \(note)") }
        }
        print(([table.text] + notes).joined(separator: "\n"))
        if words.isEmpty || words.contains(where: "bridge, events".contains) {
            report("bench: bridge, events")
            print(try await EventListeners.report(1_000, hearing: 100, in: folder.appending(path: "events")))
        }
        guard words.isEmpty || words.contains(where: "million tokens".contains) else { return }
        report("bench: million tokens")
        print(try TokenCrowd.report(1_000_000))
    }

    private static func cases(in folder: URL) -> [Case] {
        let codes = [
            Case(name: "HOTP") { (try CounterCodes(), try BareHMAC("SHA1", messageLength: 8)) },
            Case(name: "TOTP") { (try TimedCodes(), try BareHMAC("SHA1", messageLength: 8)) },
            Case(name: "OCRA") { (try QuestionCodes(), try BareHMAC("SHA256", messageLength: QuestionCodes.messageLength)) },
        ]
        let pictures = [120, 280, 450].map { count in
            Case(name: "QR of \(count)") {
                let text = QRPictures.text(count)
                return (QRPictures(text), try BareQR(text))
            }
        }
        let others = [
            Case(name: "sealed payment") {
                let sealed = try SealedPictures()
                return (sealed, try BareSealing(sealed.example()))
            },
            Case(name: "reading a picture") {
                let text = QRPictures.text(280)
                return (try ReadPictures(text), try BareReading(text))
            },
            Case(name: "secret image") {
                let images = try SecretImages()
                return (images, try BareGD(height: images.height))
            },
            Case(name: "opening") { (try OpenedChallenges(), try BareOpening()) },
            Case(name: "round trips, pcscd") {
                let card = try await CardBehindService()
                return (CardRoundTrips(card), BareRoundTrips(reader: card.reader, owner: card))
            },
            Case(name: "emulated card, pcscd") {
                let card = try await CardBehindService()
                return (
                    BareRoundTrips("VPCDSlot, PIV card", reader: card.reader, owner: card),
                    BareRoundTrips("echo card in C", reader: card.echoReader, owner: card)
                )
            },
            Case(name: "64 cards at once") { (try await CardCrowd.emulated(report: report), try await CardCrowd.echoes()) },
            Case(name: "card, RSA 2048") { (try await CardSignatures(), try BareSignatures(.rsa2048)) },
            Case(name: "card side, RSA 2048") { (try ProcessedSignatures(.rsa2048), try BareSignatures(.rsa2048)) },
            Case(name: "card side, P-256") { (try ProcessedSignatures(.p256), try BareSignatures(.p256)) },
        ]
        let submissions = [1, 8, 64].map { callers in
            Case(name: "Token's code, callers: \(callers)") {
                let store = try SQLiteStore(
                    at: folder.appending(path: "ours-\(callers).sqlite").path, mark: .test,
                    protection: StoreKeys([SymmetricKey(size: .bits256)]))
                return (
                    try DurableSubmissions(in: store, callers: callers),
                    try BareCommits(in: folder.appending(path: "bare-\(callers).sqlite"))
                )
            }
        }
        let bridged = [1, 8, 64].map { clients in
            Case(name: "bridge, clients: \(clients)") {
                (
                    try BridgedOperations(in: folder.appending(path: "b\(clients)"), clients: clients),
                    try BareCommits(in: folder.appending(path: "beside-bridge-\(clients).sqlite"))
                )
            }
        }
        let served = [1, 4].flatMap { processes in
            [1, 8, 64].map { callers in
                Case(name: "PostgreSQL, processes: \(processes), callers: \(callers)") {
                    let server = try await PrivateServer.shared()
                    return (
                        try await ServedSubmissions(at: server, processes: processes, callers: callers),
                        try BareServerCommits(at: server)
                    )
                }
            }
        }
        let stores = [
            Case(name: "Token's code, a million") {
                let few = try await CrowdedSubmissions(of: 1_000, in: folder.appending(path: "few"), report: report)
                return (try await CrowdedSubmissions(of: 1_000_000, in: folder.appending(path: "many"), report: report), few)
            },
            Case(name: "login with password") { (try await PasswordLogins(in: folder.appending(path: "logins")), BareScrypt()) },
        ]
        return codes + pictures + others + submissions + bridged + served + stores
    }

    /// Tells how far the run is, where it does not get into the table.
    private static func report(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }
}
