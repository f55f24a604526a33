import DeviceProtocol
import Foundation
import Glibc
import Secrets
import Synchronization

/// Lines from a descriptor, each read byte by byte with `read(2)` onto a page of its own.
struct LineInput: Sendable {
    let descriptor: Int32

    /// Whether a person sits there: then the echo can be switched off.
    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// Asks for a line, and gives it without its end.
    ///
    /// What is asked may be answered at once, so the echo is off by then. A plain thread waits in slices of 100 ms, so that a deadline
    /// or a cancelled task ends it. The terminal is left as it was before this returns.
    ///
    /// - Throws: `timedOut`, `cancelled`, and `unavailable` when the input has ended.
    func line(echo: Bool, within limit: Duration, asking ask: () -> Void = {}) async throws(HolderError) -> SecretBytes {
        // The thread may outlive the question by a slice. Under a number of its own it never reads from what was opened
        // under the caller's number meanwhile.
        let own = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        guard own >= 0 else { throw .unavailable }
        let handover = Handover<SecretBytes, HolderError>()
        let abandoned = Flag()
        let former = echo ? nil : silence()
        defer {
            abandoned.raise()
            if let former { restore(former) }
        }
        ask()
        Thread.detachNewThread {
            Self.read(own, into: handover, until: abandoned)
            close(own)
        }
        return try await handover.take(within: limit, on: ContinuousClock(), late: .timedOut, onCancel: .cancelled)
    }

    private static func read(_ descriptor: Int32, into handover: Handover<SecretBytes, HolderError>, until abandoned: Flag) {
        do {
            var line = try SecretBytes()
            while !abandoned.isRaised {
                var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                // What comes after the question was given up is for whoever asks next.
                guard unsafe poll(&request, 1, 100) > 0, !abandoned.isRaised else { continue }
                var byte: UInt8 = 0
                defer { byte = 0 }
                let ended = unsafe Glibc.read(descriptor, &byte, 1) != 1
                if byte == UInt8(ascii: "\n") || ended && line.count > 0 {
                    line.dropCarriageReturn()
                    _ = handover.put(line)
                    return
                }
                guard !ended else { break }
                // What fills a page is no PIN and no answer; the rest of the line goes by.
                if line.count < SecretBytes.capacity { try line.append(byte) }
            }
        } catch {}
        handover.fail(.unavailable)
    }

    /// Nothing typed shows, and no key but Ctrl-C stops the program in the middle of a question.
    ///
    /// A shell that continues it after Ctrl-Z would show what is typed then, and Ctrl-\ would leave the terminal silent.
    private func silence() -> termios? {
        var settings = termios()
        guard isTerminal, unsafe tcgetattr(descriptor, &settings) == 0 else { return nil }
        let former = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        unsafe withUnsafeMutableBytes(of: &settings.c_cc) { keys in
            // _POSIX_VDISABLE is 0 on Linux.
            for key in [VSUSP, VQUIT] where Int(key) < keys.count { unsafe keys[Int(key)] = 0 }
        }
        _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &settings)
        return former
    }

    private func restore(_ former: termios) {
        var former = former
        _ = unsafe tcsetattr(descriptor, TCSANOW, &former)
    }
}

extension SecretBytes {
    /// Lines from other systems end in two characters.
    fileprivate mutating func dropCarriageReturn() {
        let ends = withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.last } } == UInt8(ascii: "\r")
        if ends { removeLast() }
    }
}

/// A flag that one thread raises and another one sees.
private final class Flag: Sendable {
    private let raised = Atomic(false)
    var isRaised: Bool { raised.load(ordering: .acquiring) }
    func raise() { raised.store(true, ordering: .releasing) }
}
