import Foundation
import Verification

/// Files whose place an output must not take.
enum OutputGuard {
    /// How many bytes of a file are looked at: all of the longest state of a hand-held device.
    private static let most = 1 << 20

    /// Refuses an output that is one of the inputs, or holds what nobody could make again: a store, a key, an emulated device.
    ///
    /// What an earlier run wrote there may be replaced.
    ///
    /// - Parameter inputs: the files that the command reads; a link to one, symbolic or hard, is that file.
    /// - Throws: ``Failure``.
    static func check(_ output: String, against inputs: [String?] = []) throws {
        try checkName(of: output, against: inputs)
        guard let start = try start(of: output), let what = treasure(in: start) else { return }
        throw Failure("\"\(output)\" holds \(what), and would be replaced", hint: "choose another name", exit: .usage)
    }

    /// Refuses a picture's name that has something else than a picture, or is that of one of the inputs.
    ///
    /// - Throws: ``Failure``.
    static func check(picture: String, against inputs: [String?] = []) throws {
        try checkName(of: picture, against: inputs)
        guard let start = try start(of: picture), !start.isEmpty, !isPicture(start) else { return }
        throw Failure(
            "\"\(picture)\" is no picture, and would be replaced", hint: "choose another name, or remove it", exit: .usage)
    }

    /// What is being read would be lost with a slip.
    private static func checkName(of output: String, against inputs: [String?]) throws {
        guard !InputFile.isStandardOutput(output) else { return }
        for case let input? in inputs where input != "-" && isSameFile(input, output) {
            throw Failure("\"\(output)\" is an input as well, and would be replaced", hint: "choose another name", exit: .usage)
        }
    }

    /// What stands at the beginning of a file; `nil` when there is none, or when it is no file but a pipe or a device.
    private static func start(of name: String) throws -> [UInt8]? {
        guard !InputFile.isStandardOutput(name) else { return nil }
        let path = URL(filePath: name).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular, let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        return try handle.read(upToCount: most).map(Array.init) ?? []
    }

    private static func isPicture(_ start: [UInt8]) -> Bool {
        let signatures: [[UInt8]] = [[0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("<svg".utf8)]
        if signatures.contains(where: { start.starts(with: $0) }) { return true }
        // A container of keys is XML, too.
        return start.starts(with: "<?xml".utf8) && String(decoding: start, as: UTF8.self).contains("<svg")
    }

    /// What a file holds that must not be replaced; `nil` for anything else.
    private static func treasure(in start: [UInt8]) -> String? {
        // A database, and its write-ahead log; sqlite.org, "Database File Format", 1.3.1 and 4.1.
        if start.starts(with: "SQLite format 3\0".utf8) || start.starts(with: [0x37, 0x7F, 0x06]) { return "a store" }
        let text = String(decoding: start, as: UTF8.self)
        if text.hasPrefix("{"), deviceMarks.contains(where: { text.contains($0) }) { return "a device or its bank" }
        // A private key, or the public half that checks what it signed; RFC 7468.
        let lines = text.split(whereSeparator: \.isNewline)
        if lines.contains(where: { $0.hasPrefix("-----BEGIN ") && $0.contains(" KEY") }) { return "a key" }
        do throws(StoreError) { _ = try StoreKeys(text: text) } catch { return nil }
        return "the keys of a store"
    }

    /// What the files of emulated devices and cards say of themselves, and what a test pair's bank has.
    private static let deviceMarks = ["\"tessera device state\"", "\"tessera card state\"", "\"factorySecret\""]
}
