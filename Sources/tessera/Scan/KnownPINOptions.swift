import ArgumentParser
import Foundation
import DeviceProtocol
import Secrets

/// Where a PIN comes from that nobody is to be asked for: a file, a pipe, standard input or the environment, never an argument,
/// which every user of the machine could read.
struct KnownPINOptions: ParsableArguments {
    @Option(help: "The file that holds the PIN, or - for standard input; without it, it is asked for.", completion: .file())
    var pinFile: String?
    @Option(help: "The environment variable that holds the PIN.")
    var pinVariable: String?

    func validate() throws { _ = try SecretInput(file: pinFile, variable: pinVariable, "PIN") }

    /// Whether nobody has to type it.
    var isGiven: Bool { pinFile != nil || pinVariable != nil }

    /// The PIN, read once.
    ///
    /// A pipe gives it once, and a dialogue may want it twice. `nil` when it is to be asked for, which at a
    /// terminal is what `-` means, too.
    ///
    /// - Throws: ``Failure``; `CancellationError`.
    func known() throws -> KnownPIN? {
        if let pinFile { return pinFile == "-" && isatty(0) == 1 ? nil : KnownPIN(try SecretFile.line(of: pinFile)) }
        guard let pinVariable else { return nil }
        var line = try SecretBytes()
        guard var letter = unsafe getenv(pinVariable) else {
            throw Failure("there is no environment variable \"\(pinVariable)\"", hint: "export it first", exit: .environment)
        }
        while unsafe letter.pointee != 0 {
            try line.append(UInt8(bitPattern: unsafe letter.pointee))
            unsafe letter += 1
        }
        return KnownPIN(line)
    }
}

/// A PIN that was given before anybody asks, and answers every question.
final class KnownPIN: Sendable {
    private let digits: SecretBytes

    init(_ digits: consuming SecretBytes) { self.digits = digits }

    /// A copy, which the device takes.
    func pin() throws(SecretBytesError) -> PIN {
        var copy = try SecretBytes()
        try copy.append(digits)
        return PIN(copy)
    }
}
