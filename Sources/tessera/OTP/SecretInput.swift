public import ArgumentParser
import Crypto
import Foundation
import ISO7816
public import OATH
import Secrets

/// Where a secret comes from: a file, standard input or the environment, never an argument, which every user of the machine
/// could read.
enum SecretInput: Equatable {
    case file(String)
    case variable(String)

    /// The one source that was given; `nil` for none.
    init?(file: String?, variable: String?, _ what: String) throws {
        switch (file, variable) {
        case (nil, nil): return nil
        case (let file?, nil): self = .file(file)
        case (nil, let variable?): self = .variable(variable)
        case (_?, _?): throw ValidationError("Give the \(what) by a file or by a variable, not by both.")
        }
    }

    /// The bytes, without the white space at their ends.
    func bytes() throws -> [UInt8] {
        let whole: [UInt8]
        switch self {
        case .file(let name): whole = try InputFile.read(name)
        case .variable(let name):
            guard let value = ProcessInfo.processInfo.environment[name] else {
                throw Failure("there is no environment variable \"\(name)\"", hint: "export it first", exit: .environment)
            }
            whole = Array(value.utf8)
        }
        let isSpace: (UInt8) -> Bool = { [0x09, 0x0A, 0x0D, 0x20].contains($0) }
        let rest = whole.drop(while: isSpace)
        return Array(rest.dropLast(rest.reversed().prefix(while: isSpace).count))
    }

    /// A key in hexadecimal digits.
    func hexadecimalKey() throws -> SymmetricKey { try hexadecimalKey(in: String(decoding: try bytes(), as: UTF8.self)) }

    /// The key in `text`, which was read from here: standard input can be read once.
    func hexadecimalKey(in text: String) throws -> SymmetricKey {
        guard let bytes = [UInt8](hexadecimal: text), !bytes.isEmpty else {
            throw Failure("\"\(name)\" does not hold hexadecimal digits", hint: "write the secret as 40 digits, for 20 bytes", exit: .usage)
        }
        return SymmetricKey(data: bytes)
    }

    /// A password or PIN.
    func password() throws -> SecretBytes {
        let bytes = try bytes()
        guard !bytes.isEmpty else { throw Failure("\"\(name)\" is empty", hint: "write the password into it", exit: .usage) }
        return try SecretBytes.copying(bytes)
    }

    /// The name of file or variable.
    var name: String {
        switch self {
        case .file(let name), .variable(let name): name
        }
    }
}

/// The secret of a key, or a key URI that also says how its codes are made.
struct SecretOptions: ParsableArguments {
    @Option(help: "The file that holds the secret in hexadecimal digits, or an otpauth:// URI; - for standard input.", completion: .file())
    var secretFile: String?
    @Option(help: "The environment variable that holds it.")
    var secretVariable: String?
    @Flag(help: "The secret is in Base32.")
    var base32 = false

    func validate() throws {
        guard try SecretInput(file: secretFile, variable: secretVariable, "secret") != nil else {
            throw ValidationError("Give the secret with --secret-file or --secret-variable.")
        }
    }

    /// What was found there.
    enum Secret {
        case key(SymmetricKey)
        case uri(KeyURI)
    }

    func secret() throws -> Secret {
        guard let input = try SecretInput(file: secretFile, variable: secretVariable, "secret") else {
            throw ValidationError("Give the secret with --secret-file or --secret-variable.")
        }
        let text = String(decoding: try input.bytes(), as: UTF8.self)
        if text.lowercased().hasPrefix("otpauth://") { return .uri(try KeyURI(parsing: text)) }
        guard base32 else { return .key(try input.hexadecimalKey(in: text)) }
        guard let bytes = Base32.decode(text), !bytes.isEmpty else {
            throw Failure("\"\(input.name)\" does not hold Base32", hint: "write the secret as 32 letters, for 20 bytes", exit: .usage)
        }
        return .key(SymmetricKey(data: bytes))
    }
}

extension HashAlgorithm: ExpressibleByArgument {
    /// In capitals or not.
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
