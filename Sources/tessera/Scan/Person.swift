import ArgumentParser
import DeviceProtocol
import Foundation
import PINEntry
import Secrets

/// Who stands before the device: a person at the terminal, or a script that has said beforehand what they would.
struct Person: Holder {
    let agrees: Bool
    let pinFile: String?
    private let terminal = TerminalHolder()

    init(agrees: Bool, pinFile: String? = nil) {
        self.agrees = agrees
        self.pinFile = pinFile
    }

    func show(_ prompt: Prompt) async { await terminal.show(prompt) }

    func consent(to summary: Summary) async throws(HolderError) { if !agrees { try await terminal.consent(to: summary) } }

    func pin(for request: PINRequest) async throws(HolderError) -> PIN {
        guard let pinFile else { return try await terminal.pin(for: request) }
        do { return PIN(try SecretFile.line(of: pinFile)) } catch { throw .unavailable }
    }
}

/// A secret in a file: its first line.
enum SecretFile {
    /// Reads it straight onto a locked page.
    static func line(of name: String) throws -> SecretBytes {
        let file = unsafe open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else {
            throw Failure("cannot read \"\(name)\"", hint: "check that it is a file and that you may read it", exit: .environment)
        }
        defer { close(file) }
        var line = try SecretBytes()
        var byte: UInt8 = 0
        defer { byte = 0 }
        while unsafe read(file, &byte, 1) == 1, byte != UInt8(ascii: "\n") { try line.append(byte) }
        return line
    }
}
