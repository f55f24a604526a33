internal import Crypto
internal import Foundation
internal import ISO7816

/// The file of an emulated hand-held device: all that it has to know after its battery was changed.
///
/// A change is in the file before anybody sees it, so that a crash at any moment leaves the old state or the new one. Its keys
/// stand in the clear, for its owner alone: a test device's. One program at a time has it.
public final class DeviceStateFile: Sendable {
    /// The file, links resolved.
    public var path: String { file.path }
    private let file: LockedFile

    private init(_ file: LockedFile) { self.file = file }

    /// Takes a name for a new device; nothing may be there yet.
    ///
    /// - Throws: ``DeviceStateError``.
    public static func create(at path: String) throws(DeviceStateError) -> DeviceStateFile {
        let file = try take(path, on: SystemStateFiles())
        guard try file.bytes() == nil else {
            file.close()
            throw .exists(file.path)
        }
        return DeviceStateFile(file)
    }

    /// Takes the file of a device.
    ///
    /// - Throws: ``DeviceStateError``; what is in the file is looked at by the device.
    public static func open(at path: String) throws(DeviceStateError) -> DeviceStateFile {
        try open(at: path, on: SystemStateFiles())
    }

    static func open(at path: String, on files: any StateFileSystem) throws(DeviceStateError) -> DeviceStateFile {
        let path = LockedFile.resolved(path)
        let isThere: Bool
        do throws(StateFileFailure) { isThere = try files.read(path, limit: limit) != nil } catch {
            throw .system(error.call, path, error.reason)
        }
        // Without the file there is nothing to lock.
        guard isThere else { throw .missing(path) }
        // Its other names would have locks of their own.
        guard files.links(to: path) <= 1 else { throw .linked(path) }
        return DeviceStateFile(try take(path, on: files))
    }

    private static func take(_ path: String, on files: any StateFileSystem) throws(DeviceStateError) -> LockedFile {
        let file: LockedFile?
        do throws(StateFileFailure) { file = try .locking(path, on: files) } catch { throw .system(error.call, error.path, error.reason) }
        guard let file else { throw .locked(LockedFile.resolved(path)) }
        return file
    }

    /// Gives the file back: the device can change nothing any more.
    public func close() { file.close() }

    /// The longest file that is read.
    static let limit = 1 << 20

    // MARK: What is in it

    /// What every version has.
    private struct Preamble: Codable {
        let format: String
        let version: Int
        let kind: String
    }

    private struct Document<Contents: Codable>: Codable {
        let format: String
        let version: Int
        let kind: String
        let checksum: String
        let device: Contents
    }

    private static let format = "tessera device state"
    private static let version = 1

    /// Reads the state of a device of this kind.
    func load<Contents: Codable>(_ kind: String) throws(DeviceStateError) -> Contents {
        guard let bytes = try file.bytes() else { throw .missing(path) }
        let data = Data(bytes)
        guard let preamble = try? JSONDecoder().decode(Preamble.self, from: data), preamble.format == Self.format else {
            if data.range(of: Data(Self.format.utf8)) != nil { throw .damaged(path) }
            throw .foreign(path, kind)
        }
        guard preamble.version <= Self.version else { throw .newer(path, version: preamble.version) }
        guard preamble.kind == kind else { throw .foreign(path, kind) }
        guard let document = try? JSONDecoder().decode(Document<Contents>.self, from: data),
            document.checksum == (try? Self.checksum(document.device))
        else { throw .damaged(path) }
        return document.device
    }

    /// Makes `contents` the state, lastingly.
    func save(_ contents: some Codable, _ kind: String) throws(DeviceStateError) {
        let bytes: [UInt8]
        do {
            let document = Document(
                format: Self.format, version: Self.version, kind: kind, checksum: try Self.checksum(contents), device: contents)
            bytes = try Array(Self.encoder.encode(document)) + [0x0A]
        } catch { throw .system("encode", path, "it has no JSON") }
        do throws(StateFileFailure) { try file.replace(with: bytes) } catch { throw .system(error.call, path, error.reason) }
    }

    /// Finds damage, and stops nobody.
    private static func checksum(_ contents: some Codable) throws -> String {
        Array(SHA256.hash(data: try encoder.encode(contents))).hexadecimal
    }

    private static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension LockedFile {
    fileprivate func bytes() throws(DeviceStateError) -> [UInt8]? {
        do throws(StateFileFailure) { return try read(limit: DeviceStateFile.limit) } catch {
            throw .system(error.call, path, error.reason)
        }
    }
}
