import CoreFoundation
import Foundation

/// Files that a person named: errors say which, and no wait is without an end.
enum InputFile {
    /// The largest file that is read: 256 MiB.
    static let limit = 256 << 20
    /// How long a pipe that was named may keep us waiting for its next bytes.
    static let patience = Duration.seconds(120)

    /// The bytes of a file or pipe, or of standard input for `-`.
    ///
    /// - Parameters:
    ///   - limit: how many bytes it may have.
    ///   - look: looks at the open file before it is read; not at standard input.
    /// - Throws: ``Failure``; `CancellationError` while a pipe keeps us waiting; what `look` throws.
    static func read(
        _ name: String, limit: Int = limit, within patience: Duration = patience, _ look: (Int32) throws -> Void = { _ in }
    ) throws -> [UInt8] {
        let file = try open(name)
        defer { close(file, of: name) }
        if name != "-" { try look(file) }
        var bytes: [UInt8] = []
        while bytes.count <= limit {
            let more = try piece(of: file, called: name, within: patience)
            guard !more.isEmpty else { return bytes }
            bytes += more
        }
        throw tooLong(name, limit: limit)
    }

    /// The next bytes of an open file, at most 64 KiB; none at the end.
    ///
    /// - Throws: ``Failure``; `CancellationError` while a pipe keeps us waiting.
    static func piece(of file: Int32, called name: String, within patience: Duration = patience) throws -> [UInt8] {
        // A person may think for as long as they like.
        let end = file == 0 ? nil : ContinuousClock.now.advanced(by: patience)
        guard let piece = try available(from: file, until: end) else { throw unreadable(name) }
        return piece
    }

    /// A descriptor to read from; 0 for `-`.
    ///
    /// - Throws: ``Failure``.
    static func open(_ name: String) throws -> Int32 {
        guard name != "-" else { return 0 }
        // A pipe that nobody writes would keep us in open(2), where neither Ctrl-C nor a deadline is noticed.
        let file = unsafe Foundation.open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw unreadable(name) }
        return file
    }

    static func close(_ file: Int32, of name: String) { if name != "-" { _ = Foundation.close(file) } }

    static func unreadable(_ name: String, _ what: String = "") -> Failure {
        Failure("cannot read \(what)\"\(name)\"", hint: "check that it is a file and that you may read it", exit: .environment)
    }

    static func tooLong(_ name: String, limit: Int) -> Failure {
        let most = limit >= 1 << 20 ? "\(limit >> 20) MiB" : "\(limit >> 10) KiB"
        return Failure("\"\(name)\" has more than \(most)", hint: "choose a smaller file", exit: .usage)
    }

    /// Waits for something to read, or the end, in slices of 100 ms, so that Ctrl-C is noticed.
    ///
    /// - Parameter end: when to give up; `nil` for a wait that only the person ends.
    static func awaitBytes(from descriptor: Int32, until end: ContinuousClock.Instant? = nil) throws {
        try waiting(for: POLLIN, descriptor, until: end, late: "check what writes to the pipe")
    }

    /// Waits for room to write, in the same way; nobody waits for it any more who was told to end.
    static func awaitRoom(in descriptor: Int32, until end: ContinuousClock.Instant?) throws {
        guard Interrupts.received == nil else { throw CancellationError() }
        try waiting(for: POLLOUT, descriptor, until: end, late: "check what reads from the pipe")
    }

    private static func waiting(for event: Int32, _ descriptor: Int32, until end: ContinuousClock.Instant?, late hint: String) throws {
        var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        func slice() -> Int32 {
            let left = end.map { max($0 - .now, .zero) / .milliseconds(1) } ?? 100
            return Int32(min(left.rounded(.up), 100))
        }
        while unsafe poll(&request, 1, slice()) == 0 {
            try Task.checkCancellation()
            if event == POLLOUT, Interrupts.received != nil { throw CancellationError() }
            if let end, ContinuousClock.now >= end { throw Failure("nothing came in time", hint: hint, exit: .environment) }
        }
        try Task.checkCancellation()
    }

    /// What is there to read, nothing at the end; `nil` when it cannot be read.
    private static func available(from descriptor: Int32, until end: ContinuousClock.Instant?) throws -> [UInt8]? {
        let size = 1 << 16
        while true {
            try awaitBytes(from: descriptor, until: end)
            var failure: Int32 = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                let result = unsafe Foundation.read(descriptor, buffer.baseAddress, size)
                failure = result < 0 ? errno : 0
                count = max(0, result)
            }
            if failure == EAGAIN || failure == EINTR { continue }
            return failure == 0 ? bytes : nil
        }
    }
}

/// Whether two names stand for one file, there or not; a link to it, symbolic or hard, is one more name.
func isSameFile(_ one: String, _ other: String) -> Bool {
    var (first, second) = (stat(), stat())
    if unsafe fstatat(AT_FDCWD, one, &first, 0) == 0, unsafe fstatat(AT_FDCWD, other, &second, 0) == 0 {
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino
    }
    let places = [one, other].map { URL(filePath: $0).standardizedFileURL.resolvingSymlinksInPath() }
    return places[0] == places[1]
}
