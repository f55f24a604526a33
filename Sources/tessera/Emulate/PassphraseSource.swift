import DeviceProtocol
import Emulation
import Foundation
import PINEntry
import Secrets

/// Where the passphrase of a card's file comes from: a file or the terminal, never an argument, which every user of the
/// machine could read.
enum PassphraseSource {
    /// How long a pipe may keep us waiting: as long as a person needs for another program's question.
    private static let patience = Duration.seconds(120)

    /// The first line of a file or pipe, read straight onto a locked page; its end may be `\n` or `\r\n`.
    ///
    /// - Parameter patience: how long it may take until the line is whole.
    static func file(_ name: String, within patience: Duration = patience) throws -> CardPassphrase {
        let unreadable = Failure(
            "cannot read the passphrase file \"\(name)\"", hint: "check that it is a file and that you may read it", exit: .environment)
        // A pipe that nobody writes would keep us waiting in open(2).
        let file = unsafe open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw unreadable }
        defer { close(file) }
        let end = ContinuousClock.now.advanced(by: patience)
        var line = try SecretBytes()
        var byte: UInt8 = 0
        defer { byte = 0 }
        var hasReturn = false
        while true {
            try InputFile.awaitBytes(from: file, until: end)
            let count = unsafe read(file, &byte, 1)
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw unreadable }
            guard count > 0, byte != UInt8(ascii: "\n") else { break }
            // Only the one before the line's end is no part of it.
            if hasReturn { try line.append(UInt8(ascii: "\r")) }
            hasReturn = byte == UInt8(ascii: "\r")
            if !hasReturn { try line.append(byte) }
        }
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
            case .unavailable: throw Failure("nobody gives a passphrase", hint: "use --passphrase-file FILE", exit: .environment)
            }
        }
    }

    private static var empty: Failure { Failure("the passphrase is empty", hint: "choose one of many characters", exit: .usage) }
}
