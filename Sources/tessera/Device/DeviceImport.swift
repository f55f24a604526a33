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
            follows, and no key is enrolled twice. A refusal names serial number and line.

            \(StoreOptions.besides)

            Examples:
              tessera device import tokens.xml --owners owners.csv --store bank.sqlite \\
                --keys store.keys --key-file transport.hex --create --admit-retired
              tessera device import tokens.xml --owners owners.csv --store bank --dry-run
            """)

    @Argument(help: "The key container (PSKC, RFC 6030).", completion: .file())
    var file: String
    @Option(help: "The CSV file that says whose each device is.", completion: .file())
    var owners: String
    @OptionGroup var protection: ProtectionOptions
    @Option(name: .customLong("as"), help: "The product that they are.")
    var product: ProductProfile.ID = .token
    @Flag(help: "Create customers who are not there, without a password.")
    var create = false
    @Flag(help: "Look at everything, and write nothing.")
    var dryRun = false
    @Flag(help: "The devices are programs; for a store for tests.")
    var emulated = false
    @Option(help: "How many keys are enrolled in one transaction, 1 to 10,000.")
    var group = Enrolments.importGroup
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (1...10_000).contains(group) else { throw ValidationError("A group has 1 to 10,000 keys.") }
    }

    func run() async throws {
        let desk = try await store.desk(makesStore: !dryRun)
        let progress = output.json ? nil : ProgressLine()
        progress?.draw("reading the keys")
        let people = try OwnersFile.read(owners)
        let profile = try desk.policy.profile(of: product)
        let keys = try await keys(as: profile)
        let owned = keys.filter { people[$0.device] != nil }
        var report = Report(dryRun: dryRun, keys: keys.count, withoutOwner: keys.count - owned.count)
        report.ownersWithoutKey = Set(people.keys).subtracting(keys.map(\.device)).count
        defer { progress?.end() }
        // Only the whole tells how many one person would have.
        let group = dryRun ? max(1, owned.count) : group
        for start in stride(from: 0, to: owned.count, by: group) {
            let part = owned[start..<min(start + group, owned.count)]
            do {
                try Task.checkCancellation()
                let devices = part.compactMap { key in
                    people[key.device].map { Enrolments.Import(key.device, of: $0, with: key.registration, isEmulated: emulated) }
                }
                let done = try await desk.enrolments.enrol(devices, as: product, createsSubscribers: create, isTrial: dryRun)
                report.add(done)
            } catch let refusal as Enrolments.ImportRefusal where refusal.reason != .store(.cancelled) {
                progress?.end()
                tell(report, next: "once that is mended, the same command goes on")
                throw Self.failure(refusal, in: Array(part))
            } catch {
                progress?.end()
                tell(report, next: "run the same command again to go on")
                throw CancellationError()
            }
            progress?.draw("\(start + part.count) of \(owned.count) keys")
        }
        progress?.end()
        try output.print(report) { report.text }
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
            let key = try FoundKey(package, line: line, as: profile, at: Date())
            if let other = places.updateValue(line, forKey: key.device) {
                throw Failure(
                    "\(key.device) is in the file twice, in lines \(other) and \(line)", hint: "take one of them out; nothing was enrolled",
                    exit: .refused)
            }
            return key
        }
    }

    /// Says how far it came.
    private func tell(_ report: Report, next: String) {
        guard !dryRun else { return }
        FileHandle(descriptor: 2).write(line: "tessera: \(report.enrolled) enrolled; \(next)")
    }

    private static func failure(_ refusal: Enrolments.ImportRefusal, in part: [FoundKey]) -> Failure {
        let cause = Failure(refusal.reason)
        guard let index = refusal.index, part.indices.contains(index) else { return cause }
        return Failure(
            "\(part[index].device), line \(part[index].line): \(cause.message)", hint: "\(cause.hint); its group was not enrolled",
            exit: cause.exit)
    }

    private struct Report: Encodable {
        let dryRun: Bool
        let keys: Int
        var enrolled = 0
        var known = 0
        var created = 0
        let withoutOwner: Int
        var ownersWithoutKey = 0

        init(dryRun: Bool, keys: Int, withoutOwner: Int) {
            self.dryRun = dryRun
            self.keys = keys
            self.withoutOwner = withoutOwner
        }

        mutating func add(_ done: Enrolments.Imported) {
            enrolled += done.enrolled
            known += done.known
            created += done.created
        }

        var text: String {
            """
            \(dryRun ? "would be enrolled  " : "enrolled           ") \(enrolled)
            enrolled before     \(known)
            customers created   \(created)
            keys without owner  \(withoutOwner)
            owners without key  \(ownersWithoutKey)
            """
        }
    }
}

extension ProtectionOptions {
    /// The keys of a document, with the key or password that was given.
    func open(_ document: PSKCDocument) async throws -> KeyContainer {
        if let key = try key { return try document.open(key: await key.hexadecimalKey()) }
        if let password = try password { return try document.open(password: await password.password()) }
        return try document.open()
    }
}
