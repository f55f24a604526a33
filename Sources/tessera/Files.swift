import Foundation
import SwiftASN1

/// Files that a person named: errors say which, and nothing is left half-written.
enum InputFile {
    /// The largest file that is read: 256 MiB.
    static let limit = 256 << 20

    /// The bytes of a file, or of standard input for `-`.
    static func read(_ name: String) throws -> [UInt8] {
        do {
            let handle = name == "-" ? FileHandle(descriptor: 0) : try FileHandle(forReadingFrom: URL(filePath: name))
            let data = try handle.read(upToCount: limit + 1) ?? Data()
            guard data.count <= limit else {
                throw Failure("\"\(name)\" has more than \(limit >> 20) MiB", hint: "sign a smaller file", exit: .usage)
            }
            return Array(data)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure("cannot read \"\(name)\"", hint: "check that the file exists and that you may read it", exit: .environment)
        }
    }

    /// Writes a file whole or not at all.
    ///
    /// - Parameter isPrivate: whether only its owner may read it.
    static func write(_ bytes: [UInt8], to name: String, isPrivate: Bool = false) throws {
        let target = URL(filePath: name)
        let draft = target.deletingLastPathComponent().appending(path: ".\(target.lastPathComponent).\(UUID().uuidString)")
        let attributes: [FileAttributeKey: Any] = isPrivate ? [.posixPermissions: 0o600] : [:]
        guard FileManager.default.createFile(atPath: draft.path, contents: Data(bytes), attributes: attributes),
            unsafe rename(draft.path, target.path) == 0
        else {
            try? FileManager.default.removeItem(at: draft)
            throw Failure(
                "cannot write \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
        }
    }

    /// Writes a certificate.
    static func write(pem certificate: [UInt8], to name: String) throws {
        try write(Array((PEMDocument(type: "CERTIFICATE", derBytes: certificate).pemString + "\n").utf8), to: name)
    }
}
