import Foundation

/// A folder of the user's own for what nobody needs once the work is done.
struct PassingFolder {
    /// How often what others change at the same moment is met again.
    private static let attempts = 100

    let url: URL

    /// Makes one that nobody else can look into.
    ///
    /// - Parameters:
    ///   - name: a number follows it.
    ///   - parent: by default where the system has such folders.
    init(_ name: String, in parent: URL = FileManager.default.temporaryDirectory) throws {
        url = parent.appending(path: "\(name)-\(String(UInt32.random(in: .min ... .max), radix: 16))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    /// Removes it with all that is in it.
    ///
    /// A store's last connection may end on a thread of its own just then, and takes away its files itself; a file that is gone before
    /// its turn breaks off the removal of all others.
    func remove() {
        for _ in 0..<Self.attempts {
            try? FileManager.default.removeItem(at: url)
            guard FileManager.default.fileExists(atPath: url.path) else { return }
        }
    }
}
