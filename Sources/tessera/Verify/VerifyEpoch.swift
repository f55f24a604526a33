import ArgumentParser
import Foundation
import Verification

/// `tessera verify begin-epoch`.
struct VerifyBeginEpoch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "begin-epoch", abstract: "After a restore from a backup: let Scans and phones accept challenges again.",
        discussion: """
            Every challenge for a Scan or phone has a number, and a device refuses what it
            has seen. A store that came from a backup has forgotten the numbers that were
            given out since. A new epoch puts all next challenges behind all before. It
            changes no device, unblocks nobody and loses nothing; but 65,535 epochs are
            all there are, so begin one only after a restore, before anybody logs in.

            Write the number down where the backups are: the next restore needs it with
            --after, because a backup may be older than the last epoch.

            \(StoreOptions.besides)

            Examples:
              tessera verify begin-epoch --restored --store bank.sqlite
              tessera verify begin-epoch --restored --after 3 --store bank.sqlite --json
            """)

    @Flag(help: "Say that the store was restored from a backup.")
    var restored = false
    @Option(help: "The last epoch that was ever begun, where it is known.")
    var after: UInt16 = 0
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard restored else { throw ValidationError("Begin an epoch only for a store that was restored: say so with --restored.") }
    }

    func run() async throws {
        let epoch = try await store.desk().enrolments.beginEpoch(after: after)
        try output.print(Report(epoch: epoch)) {
            """
            epoch \(epoch) began: challenges from now on stand behind all before
            Next: write \(epoch) down beside the backups, then let people log in
            """
        }
    }

    private struct Report: Encodable { let epoch: UInt16 }
}
