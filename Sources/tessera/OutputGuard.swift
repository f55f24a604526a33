import Foundation

/// Files whose place an output must not take.
enum OutputGuard {
    /// Refuses an output that is one of the inputs: what is being read would be lost with a slip.
    static func check(_ output: String, against inputs: [String?]) throws {
        guard !InputFile.isStandardOutput(output) else { return }
        for case let input? in inputs where input != "-" && isSameFile(input, output) {
            throw Failure("\"\(output)\" is an input as well, and would be replaced", hint: "choose another name", exit: .usage)
        }
        guard let start = try start(of: output), isState(start) else { return }
        throw Failure("\"\(output)\" holds a device or its bank, and would be replaced", hint: "choose another name", exit: .usage)
    }

    /// Refuses a picture's name that has something else than a picture.
    static func check(picture: String) throws {
        guard let start = try start(of: picture), !start.isEmpty, !isPicture(start) else { return }
        throw Failure(
            "\"\(picture)\" is no picture, and would be replaced", hint: "choose another name, or remove it", exit: .usage)
    }

    /// What stands at the beginning of a file; `nil` when there is none, or when it is no file but a pipe or a device.
    private static func start(of name: String) throws -> [UInt8]? {
        guard !InputFile.isStandardOutput(name) else { return nil }
        let path = URL(filePath: name).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        guard attributes?[.type] as? FileAttributeType == .typeRegular, let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        return try handle.read(upToCount: 1 << 16).map(Array.init) ?? []
    }

    private static func isPicture(_ start: [UInt8]) -> Bool {
        let signatures: [[UInt8]] = [[0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("<?xml".utf8), Array("<svg".utf8)]
        return signatures.contains { start.starts(with: $0) }
    }

    /// The file of a device, or that of a test pair's bank.
    private static func isState(_ start: [UInt8]) -> Bool {
        let text = String(decoding: start, as: UTF8.self)
        return text.hasPrefix("{") && ["\"tessera device state\"", "\"factorySecret\""].contains { text.contains($0) }
    }
}
