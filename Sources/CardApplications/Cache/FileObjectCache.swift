import COpenSSL
public import Foundation
import Glibc
public import ISO7816

/// A ``ObjectCache`` in a folder of the person's own: one file a certificate, written whole or not at all.
///
/// The folder and its files count only where they belong to the person, are what they should be and no links to it, and only
/// while nobody else may write to the folder. A file is a SHA-256 digest and the object behind it. One that does not bear out its digest, is too long, or begins in
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
        guard isUsable, let file = file(for: beginning), Self.isOwn(file, .typeRegular), let content = Self.content(of: file) else {
            return nil
        }
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
        guard (try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: owner)) != nil,
            isUsable, (try? FileManager.default.setAttributes(owner, ofItemAtPath: folder.path)) != nil
        else { return }
        // What is there and is no file of the person's own is neither written to nor replaced.
        guard Self.attributes(of: file) == nil || Self.isOwn(file, .typeRegular) else { return }
        guard (try? Data(digest + object).write(to: file, options: .atomic)) != nil else { return }
        try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        prune()
    }

    /// Deletes all files that are the cache's.
    public func forgetAll() {
        for file in files { try? FileManager.default.removeItem(at: file) }
    }

    /// The files that the cache made: regular ones of the person's own, named after a digest.
    private var files: [URL] {
        guard isUsable else { return [] }
        let all = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        return all.filter { Self.isMark($0.lastPathComponent) && Self.isOwn($0, .typeRegular) }
    }

    private func file(for beginning: [UInt8]) -> URL? {
        guard beginning.count >= ObjectMark.length, let digest = Self.digest(of: Array(beginning.prefix(ObjectMark.length)))
        else {
            return nil
        }
        return folder.appending(path: digest.hexadecimal.lowercased())
    }

    private func prune() {
        let files = files
        guard files.count > Self.maximumFiles else { return }
        let aged = files.map { (file: $0, age: Self.attributes(of: $0)?[.modificationDate] as? Date ?? .distantPast) }
        for (file, _) in aged.sorted(by: { $0.age < $1.age }).prefix(files.count - Self.maximumFiles) {
            try? FileManager.default.removeItem(at: file)
        }
    }

    /// Whether the folder is one, the person's own, and nobody else may write to it.
    private var isUsable: Bool {
        guard Self.isOwn(folder, .typeDirectory), let mode = Self.number(.posixPermissions, of: folder) else { return false }
        return mode & 0o022 == 0
    }

    /// Whether a name is one that the cache gives: a SHA-256 digest in hexadecimal.
    private static func isMark(_ name: String) -> Bool {
        name.utf8.count == 2 * digestLength && name.utf8.allSatisfy { hexadecimal.contains($0) }
    }

    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// Whether it is of this kind, no link to one, and belongs to whom the program works for.
    private static func isOwn(_ file: URL, _ type: FileAttributeType) -> Bool {
        attributes(of: file)?[.type] as? FileAttributeType == type && number(.ownerAccountID, of: file) == Int(geteuid())
    }

    /// What lies there, of a link the link itself.
    private static func attributes(of file: URL) -> [FileAttributeKey: Any]? {
        try? FileManager.default.attributesOfItem(atPath: file.path)
    }

    private static func number(_ key: FileAttributeKey, of file: URL) -> Int? {
        (attributes(of: file)?[key] as? NSNumber)?.intValue
    }

    /// What stands in the file, one byte more than there may be at most.
    ///
    /// No link is followed, and nobody is waited for.
    private static func content(of file: URL) -> [UInt8]? {
        let descriptor = unsafe open(file.path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        return (try? handle.read(upToCount: digestLength + maximumLength + 1)).map { [UInt8]($0) } ?? []
    }

    private static func digest(of bytes: [UInt8]) -> [UInt8]? {
        var digest = [UInt8](repeating: 0, count: digestLength)
        var length = digest.count
        guard unsafe EVP_Q_digest(nil, "SHA256", nil, bytes, bytes.count, &digest, &length) == 1 else { return nil }
        return digest
    }
}
