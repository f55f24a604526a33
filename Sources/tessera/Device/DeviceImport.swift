import ArgumentParser
import DeviceProtocol
import Foundation
import OATH
import PSKC
import Verification

/// `tessera device import`.
struct DeviceImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Enrol the devices of a key container for the people who hold them.",
        discussion: """
            --owners names a CSV file with one "serial,user ID" a line. A key without an
            owner is left out and counted. The devices are active at once; the sum of all
            keys is checked before the first is enrolled.

            Keys are enrolled in groups, each whole or not at all. Whoever breaks off with
            Ctrl-C runs the same command again: what is enrolled stays, what is missing
            follows, and no key is enrolled twice. A refusal names serial number, file and
            line. --report writes what became of each serial number, as CSV.

            \(StoreOptions.besides)

            Examples:
              tessera device import tokens.xml --owners owners.csv --store bank.sqlite \\
                --keys store.keys --key-file transport.hex --create --admit-retired
              tessera device import tokens.xml --owners owners.csv --store bank --dry-run
              tessera device import tokens.xml --owners owners.csv --store bank \\
                --identification branch --report report.csv
            """)

    @Argument(help: "The key container (PSKC, RFC 6030).", completion: .file())
    var file: String
    @Option(help: "The CSV file that says whose each device is.", completion: .file())
    var owners: String
    @OptionGroup var protection: ProtectionOptions
    @Option(name: .customLong("as"), help: "The product that they are.")
    var product: ProductProfile.ID = .token
    @Option(help: "How all of them were identified: branch, video, certifiedCopy.")
    var identification: Identification?
    @Flag(help: "Create customers who are not there, without a password.")
    var create = false
    @Flag(help: "Look at everything, and write nothing.")
    var dryRun = false
    @Flag(help: "The devices are programs; for a store for tests.")
    var emulated = false
    @Option(name: .customLong("report"), help: "The file for \"serial,user,outcome\" of each.", completion: .file())
    var reportFile: String?
    @Option(help: "How many keys are enrolled in one transaction, 1 to 10,000.")
    var group = Enrolments.importGroup
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...10_000).contains(group) else { throw ValidationError("A group has 1 to 10,000 keys.") }
    }

    func run() async throws {
        if let reportFile { try OutputGuard.check(reportFile, against: [file, owners] + protection.files + store.files) }
        let desk = try await store.desk(makesStore: !dryRun)
        let progress = output.json ? nil : ProgressLine()
        progress?.draw("reading the keys")
        let people = try OwnersFile.read(owners)
        let profile = try desk.policy.profile(of: product)
        let keys = try await keys(as: profile)
        let owned = keys.filter { people[$0.device] != nil }
        var report = ImportReport(of: keys, for: people, dryRun: dryRun)
        defer { progress?.end() }
        // Only the whole tells how many one person would have.
        let group = dryRun ? max(1, owned.count) : group
        for start in stride(from: 0, to: owned.count, by: group) {
            let part = owned[start..<min(start + group, owned.count)]
            do {
                try Task.checkCancellation()
                let devices = part.compactMap { key in
                    people[key.device].map {
                        Enrolments.Import(
                            key.device, of: $0.subscriber, with: key.registration, isEmulated: emulated, identification: identification)
                    }
                }
                let done = try await desk.enrolments.enrol(devices, as: product, createsSubscribers: create, isTrial: dryRun)
                report.add(done, of: part.map(\.device))
            } catch let refusal as Enrolments.ImportRefusal where refusal.reason != .store(.cancelled) {
                progress?.end()
                tell(report, next: "once that is mended, the same command goes on")
                let failure = failure(refusal, in: Array(part), of: people)
                if let index = refusal.index, let key = part.dropFirst(index).first {
                    report.refuse(key.device, Failure(refusal.reason).message)
                }
                do { try write(report) } catch { throw failure.followed(by: [Failure(error)]) }
                throw failure
            } catch {
                progress?.end()
                tell(report, next: "run the same command again to go on")
                do { try write(report) } catch { throw Failure(CancellationError()).followed(by: [Failure(error)]) }
                throw CancellationError()
            }
            progress?.draw("\(start + part.count) of \(owned.count) keys")
        }
        progress?.end()
        try write(report)
        try output.print(report) { report.text(store.words) }
    }

    /// Writes what became of each, where that is wanted.
    private func write(_ report: ImportReport) throws {
        if let reportFile { try InputFile.write(Array(report.rows.utf8), to: reportFile) }
    }

    /// The keys of the file; all of them are looked at before the first is enrolled.
    private func keys(as profile: ProductProfile) async throws -> [FoundKey] {
        let document = try PSKCDocument(parsing: InputFile.read(file), within: .bulk)
        let lines = document.packageLines
        let container = try await protection.open(document)
        var places: [DeviceID: Int] = [:]
        return try container.packages.enumerated().map { index, package in
            try Task.checkCancellation()
            let line = lines.indices.contains(index) ? lines[index] : 0
            let key = try FoundKey(package, line: line, of: file, as: profile, at: Date())
            if let other = places.updateValue(line, forKey: key.device) {
                throw Failure(
                    "\(key.device) is in the file twice, in lines \(other) and \(line)", hint: "take one of them out; nothing was enrolled",
                    exit: .refused)
            }
            return key
        }
    }

    /// Says how far it came.
    private func tell(_ report: ImportReport, next: String) {
        guard !dryRun else { return }
        FileHandle(descriptor: 2).write(line: "tessera: \(report.enrolled) enrolled; \(next)")
    }

    /// A refusal with where the device stands: who is not there, in the file of owners; all else, in the container.
    private func failure(
        _ refusal: Enrolments.ImportRefusal, in part: [FoundKey], of people: [DeviceID: OwnersFile.Owner]
    ) -> Failure {
        let cause = Failure(refusal.reason)
        guard let index = refusal.index, part.indices.contains(index) else { return cause }
        let key = part[index]
        var (line, name, step) = (key.line, file, cause.hint)
        if case .noSuchSubscriber = refusal.reason, let owner = people[key.device] {
            (line, name, step) = (owner.line, owners, "correct it, or create who is not there with --create")
        }
        return Failure(
            "\(key.device), line \(line) of \"\(name)\": \(cause.message)", hint: "\(step); its group was not enrolled", exit: cause.exit)
    }
}

extension ProtectionOptions {
    /// The keys of a document, with the key or password that was given.
    func open(_ document: PSKCDocument) async throws -> KeyContainer {
        if let key = try key { return try document.open(key: await key.hexadecimalKey(SecretInput.givenKey)) }
        if let password = try password { return try document.open(password: await password.password()) }
        return try document.open()
    }
}
