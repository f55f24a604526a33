import Emulation
import Foundation

/// The bank's file, for as long as this program alone has it.
struct OpenBank {
    /// As the person named it.
    let name: String
    private let file: LockedFile

    /// The longest file that is read.
    private static let limit = 1 << 20

    /// Takes the file of a bank, or its name for a new one.
    ///
    /// - Throws: ``Failure`` when it is a folder, when another program has it, when it is there although it is to be new, and when it
    ///   has another name by a hard link, which this lock does not cover: a code would count once under each.
    static func opening(_ name: String, isNew: Bool = false) async throws -> OpenBank {
        guard kind(of: name) != .typeDirectory else {
            throw Failure("\"\(name)\" is a folder", hint: "name the bank's file", exit: .usage)
        }
        let file = try await StateLock.taking(name)
        guard file.names <= 1 else {
            throw Failure("\"\(name)\" has another name by a hard link", hint: "copy it, and use the copy", exit: .usage)
        }
        guard !isNew || !FileManager.default.fileExists(atPath: name) else { throw Failure.exists(name) }
        return OpenBank(name: name, file: file)
    }

    private static func kind(of name: String) -> FileAttributeType? { attributes(of: name)[.type] as? FileAttributeType }

    private static func attributes(of name: String) -> [FileAttributeKey: Any] {
        (try? FileManager.default.attributesOfItem(atPath: URL(filePath: name).resolvingSymlinksInPath().path)) ?? [:]
    }

    /// Gives the file back.
    func close() { file.close() }

    /// Reads and checks it.
    ///
    /// - Throws: ``Failure``.
    func read() throws -> BankFile {
        let size = (Self.attributes(of: name)[.size] as? NSNumber)?.intValue ?? 0
        guard size <= Self.limit else { throw InputFile.tooLong(name, limit: Self.limit) }
        let bytes: [UInt8]?
        do throws(StateFileFailure) { bytes = try file.read(limit: Self.limit) } catch { throw InputFile.unreadable(name) }
        guard let bytes else { throw InputFile.unreadable(name) }
        return try BankFile(parsing: bytes, named: name)
    }

    /// Writes it whole or not at all, for its owner alone; what a crash leaves behind, the next write replaces.
    func write(_ bank: BankFile) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let bytes = try Array(encoder.encode(bank))
        do throws(StateFileFailure) { try file.replace(with: bytes) } catch {
            throw Failure(
                "cannot write \"\(name)\"", hint: "check the folder and its rights, and the space on the disk", exit: .environment)
        }
    }
}

extension Failure {
    /// For what must be new.
    static func exists(_ name: String) -> Failure {
        Failure("\"\(name)\" is there already", hint: "choose another name, or remove it", exit: .usage)
    }
}
