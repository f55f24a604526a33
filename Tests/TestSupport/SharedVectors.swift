public import Foundation

/// Test vectors that are other people's documents: read where they lie, never copied into this project.
///
/// The folder is named by `TESSERA_VECTORS`, or lies beside the checkout as `../shared/vectors`. Tests that need it are skipped
/// without it, and say so.
public enum SharedVectors {
    /// The folder; `nil` when there is none.
    public static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["TESSERA_VECTORS"].map { URL(filePath: $0, directoryHint: .isDirectory) }
        let checkout = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent()
        let folder = named ?? checkout.appending(path: "shared/vectors", directoryHint: .isDirectory)
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    /// Whether tests that need the folder can run.
    public static var isThere: Bool { folder != nil }

    /// What a skipped test says.
    public static let hint = "no test vectors: set TESSERA_VECTORS to their folder, or put it beside the checkout as shared/vectors"

    /// The bytes of a file in the folder.
    public static func bytes(_ name: String) throws -> [UInt8] {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return Array(try Data(contentsOf: folder.appending(path: name)))
    }

    /// The JSON document in a file.
    public static func json<Document: Decodable>(_ name: String, as type: Document.Type = Document.self) throws -> Document {
        try JSONDecoder().decode(type, from: Data(bytes(name)))
    }

    /// Says how many rows a test ran.
    public static func report(_ count: Int, of name: String) {
        FileHandle.standardOutput.write(Data("vectors: \(name): \(count) rows run\n".utf8))
    }
}
