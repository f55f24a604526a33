import COpenSSL
public import Foundation
public import ISO7816

/// A ``ObjectCache`` in a folder of the person's own: one file a certificate, written whole or not at all.
///
/// A file is a SHA-256 digest and the object behind it. One that does not bear out its digest, is too long, or begins in
/// another way than the card says, is deleted. Somebody who can write here could also forge the digest: what a certificate
/// is used for is therefore checked with the card's own signature.
public struct FileObjectCache: ObjectCache {
    /// The most files that are kept; the oldest go first.
    static let maximumFiles = 64
    /// The longest object that is kept.
    static let maximumLength = 0x4000
    private static let digestLength = 32

    private let folder: URL

    /// A cache in `folder`, which is made when there is something to keep.
    public init(folder: URL) { self.folder = folder }

    /// The usual place: `tessera/certificates` in `$XDG_CACHE_HOME`, or in `~/.cache`; XDG Base Directory Specification.
    ///
    /// `nil` where there is no home.
    public init?(environment: [String: String]) {
        let base: URL
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            base = URL(filePath: cache)
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            base = URL(filePath: home).appending(path: ".cache")
        } else {
            return nil
        }
        folder = base.appending(path: "tessera/certificates")
    }

    /// The object whose file bears out its digest and begins so.
    public func object(beginning: [UInt8]) -> [UInt8]? {
        guard let file = file(for: beginning), let handle = try? FileHandle(forReadingFrom: file) else { return nil }
        defer { try? handle.close() }
        let content = (try? handle.read(upToCount: Self.digestLength + Self.maximumLength + 1)).map { [UInt8]($0) } ?? []
        let object = Array(content.dropFirst(Self.digestLength))
        guard object.count <= Self.maximumLength, object.starts(with: beginning),
            Self.digest(of: object) == Array(content.prefix(Self.digestLength))
        else {
            try? FileManager.default.removeItem(at: file)
            return nil
        }
        return object
    }

    /// Writes the object to a file of its own; a folder that refuses is no error, only slower.
    public func keep(_ object: [UInt8]) {
        // What is there already stays: most certificates were read before.
        guard object.count <= Self.maximumLength, self.object(beginning: object) == nil, let file = file(for: object),
            let digest = Self.digest(of: object)
        else { return }
        let owner: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: owner)) != nil else {
            return
        }
        guard (try? Data(digest + object).write(to: file, options: .atomic)) != nil else { return }
        try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        prune()
    }

    /// Deletes all files.
    public func forgetAll() {
        for file in files { try? FileManager.default.removeItem(at: file) }
    }

    private var files: [URL] {
        (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.contentModificationDateKey])) ?? []
    }

    private func file(for beginning: [UInt8]) -> URL? {
        guard beginning.count >= ObjectMark.length, let digest = Self.digest(of: Array(beginning.prefix(ObjectMark.length)))
        else {
            return nil
        }
        return folder.appending(path: digest.hexadecimal.lowercased())
    }

    private func prune() {
        let files =
            (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: [.contentModificationDateKey])) ?? []
        guard files.count > Self.maximumFiles else { return }
        func age(_ file: URL) -> Date {
            (try? file.resourceValues(forKeys: [.contentModificationDateKey]).contentModificationDate) ?? .distantPast
        }
        for file in files.sorted(by: { age($0) < age($1) }).prefix(files.count - Self.maximumFiles) {
            try? FileManager.default.removeItem(at: file)
        }
    }

    private static func digest(of bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: digestLength)
        var length = digest.count
        guard unsafe EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, &digest, &length) == 1 else { return nil }
        return digest
    }
}
