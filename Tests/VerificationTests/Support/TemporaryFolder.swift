import Foundation

/// A folder that is removed with the last user of this value.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "VerificationTests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    /// The names of its files in whose bytes `text` is.
    func files(with text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: url.path).filter {
            try Data(contentsOf: url.appending(path: $0)).range(of: Data(text.utf8)) != nil
        }
    }
}
