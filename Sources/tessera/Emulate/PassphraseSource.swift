import DeviceProtocol
import Emulation
import Foundation
import PINEntry
import Secrets

/// Where the passphrase of a card's file comes from: a file or the terminal, never an argument, which every user of the
/// machine could read.
enum PassphraseSource {
    /// The first line of a file or pipe.
    ///
    /// - Parameter patience: how long it may take until the line is whole.
    static func file(_ name: String, within patience: Duration = InputFile.patience) throws -> CardPassphrase {
        let line = try SecretFile.line(of: name, "the passphrase file ", within: patience)
        guard line.count > 0 else { throw empty }
        return CardPassphrase(line)
    }

    /// Asks at the terminal, or behind a pipe; twice for a new file.
    static func person(for file: String, isNew: Bool) async throws -> CardPassphrase {
        let first = try await ask(isNew ? .new("passphrase", form: "the longer the better") : .present("Passphrase"), file)
        if isNew {
            let second = try await ask(.newAgain("passphrase"), file)
            guard constantTimeEquals(first, second) else {
                throw Failure("the two passphrases differ", hint: "repeat; nothing was written", exit: .usage)
            }
        }
        return CardPassphrase(first)
    }

    private static func ask(_ wanted: PINRequest.Wanted, _ file: String) async throws -> SecretBytes {
        let request = PINRequest(
            summary: Summary(title: "The card's file is sealed.", lines: []), device: file, triesLeft: nil, previousWasWrong: false,
            wanted: wanted)
        do throws(HolderError) {
            return try await TerminalHolder().pin(for: request).takeBytes()
        } catch {
            switch error {
            case .cancelled where !Task.isCancelled: throw empty
            case .cancelled, .declined: throw CancellationError()
            case .timedOut: throw Failure("no passphrase in time", hint: "repeat, or use --passphrase-file", exit: .refused)
            case .unavailable, .tooLong: throw Failure("nobody gives a passphrase", hint: "use --passphrase-file FILE", exit: .environment)
            }
        }
    }

    private static var empty: Failure { Failure("the passphrase is empty", hint: "choose one of many characters", exit: .usage) }
}
