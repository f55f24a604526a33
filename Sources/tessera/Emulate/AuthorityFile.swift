import Emulation
import Foundation

/// A test authority in a file: its chain and its keys, as ``TestAuthority`` writes them.
enum AuthorityFile {
    /// Reads the authorities of a file; makes them first when there is none.
    ///
    /// Several programs may come at once to a file that is missing: all get the same authorities.
    static func open(_ name: String, now: Date) throws -> (root: TestAuthority, issuing: TestAuthority) {
        if !FileManager.default.fileExists(atPath: name) { try make(name, now: now) }
        return try TestAuthority.reading(pem: String(decoding: InputFile.read(name), as: UTF8.self))
    }

    private static func make(_ name: String, now: Date) throws {
        let root = try TestAuthority(now: now)
        let issuing = try root.intermediate(now: now)
        let target = URL(filePath: name)
        let draft = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent.suffix(100)).\(UUID().uuidString)").path
        try InputFile.write(Array(TestAuthority.pem(root: root, issuing: issuing).utf8), to: draft, isPrivate: true)
        defer { try? FileManager.default.removeItem(atPath: draft) }
        // link(2) never replaces what somebody else has made meanwhile.
        guard unsafe link(draft, name) == 0 || errno == EEXIST else {
            throw Failure("cannot write \"\(name)\"", hint: "check the folder and its rights", exit: .environment)
        }
    }
}
