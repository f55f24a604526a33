public import ArgumentParser
import Crypto
import DeviceProtocol
import Foundation
import ISO7816
public import OATH
import PINEntry
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

    /// The bytes, without the white space at their ends; at a terminal they are asked for, and what is typed does not show.
    func bytes() async throws -> [UInt8] {
        let whole: [UInt8]
        switch self {
        case .file("-") where isatty(0) == 1: return try await Self.typed()
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

    private static func typed() async throws -> [UInt8] {
        let request = PINRequest(
            summary: Summary(title: "What is typed now does not show.", lines: []), device: "standard input", triesLeft: nil,
            previousWasWrong: false, wanted: .present("Secret"))
        do throws(HolderError) {
            let line = try await TerminalHolder().pin(for: request).takeBytes()
            return line.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe Array($0) } }
        } catch {
            guard !Task.isCancelled else { throw CancellationError() }
            throw Failure(
                "no secret was typed", hint: "repeat, or give it by a file", exit: error == .unavailable ? .environment : .refused)
        }
    }

    /// What to do about a file that holds no secret of a device.
    fileprivate static let deviceSecret = "write the secret as 40 digits, for 20 bytes"
    /// The same of a key that one draws oneself.
    static let drawnKey = "write a key as 64 digits, for 32 bytes: openssl rand -hex 32"
    /// The same of a key that somebody else drew.
    static let givenKey = "write the key as its maker gave it: 32 digits for 16 bytes, 64 digits for 32 bytes"

    /// A key in hexadecimal digits.
    ///
    /// - Parameter hint: what to do where there are none.
    func hexadecimalKey(_ hint: String = Self.deviceSecret) async throws -> SymmetricKey {
        try hexadecimalKey(in: String(decoding: try await bytes(), as: UTF8.self), hint)
    }

    /// The key in `text`, which was read from here: standard input can be read once.
    fileprivate func hexadecimalKey(in text: String, _ hint: String) throws -> SymmetricKey {
        guard let bytes = [UInt8](hexadecimal: text), !bytes.isEmpty else {
            throw Failure("\"\(name)\" does not hold hexadecimal digits", hint: hint, exit: .usage)
        }
        return SymmetricKey(data: bytes)
    }

    /// A password, a PIN or a code.
    ///
    /// - Parameter what: what it is called.
    func password(_ what: String = "password") async throws -> SecretBytes {
        let bytes = try await bytes()
        guard !bytes.isEmpty else { throw Failure("\"\(name)\" is empty", hint: "write the \(what) into it", exit: .usage) }
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

        /// How long the key is.
        fileprivate var bytes: Int {
            switch self {
            case .key(let key): key.bitCount / 8
            case .uri(let uri): uri.key.bitCount / 8
            }
        }
    }

    func secret() async throws -> Secret {
        let secret = try await read()
        // RFC 4226, 4, R6; codes of a shorter one are computed all the same, because such devices exist.
        if secret.bytes < 16 {
            let count = secret.bytes == 1 ? "1 byte" : "\(secret.bytes) bytes"
            FileHandle(descriptor: 2).write(line: "tessera: warning: the secret has \(count), and RFC 4226 wants 16 at least")
        }
        return secret
    }

    private func read() async throws -> Secret {
        guard let input = try SecretInput(file: secretFile, variable: secretVariable, "secret") else {
            throw ValidationError("Give the secret with --secret-file or --secret-variable.")
        }
        let text = String(decoding: try await input.bytes(), as: UTF8.self)
        if text.lowercased().hasPrefix("otpauth://") { return .uri(try KeyURI(parsing: text)) }
        guard base32 else { return .key(try input.hexadecimalKey(in: text, "\(SecretInput.deviceSecret); for one in Base32 add --base32")) }
        // People write it in groups of four, with padding or with some of it.
        let letters = text.filter { !$0.isWhitespace }
        guard let bytes = Base32.decode(letters.prefix { $0 != "=" }), !bytes.isEmpty,
            letters.drop(while: { $0 != "=" }).allSatisfy({ $0 == "=" })
        else {
            throw Failure("\"\(input.name)\" does not hold Base32", hint: "write the secret as 32 letters, for 20 bytes", exit: .usage)
        }
        return .key(SymmetricKey(data: bytes))
    }
}

extension HashAlgorithm: ExpressibleByArgument {
    /// In capitals or not.
    public init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}
