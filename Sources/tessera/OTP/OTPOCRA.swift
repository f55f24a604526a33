import ArgumentParser
import Crypto
import Foundation
import ISO7816
import OATH
import Secrets

/// What goes into an OCRA code.
struct OCRAOptions: ParsableArguments {
    @Option(help: "The OCRA suite, such as OCRA-1:HOTP-SHA1-6:QN08.")
    var suite: String?
    @Option(help: "The question that is answered (Q).")
    var question: String?
    @Option(help: "The question that the answering side has put itself, in a mutual exchange.")
    var ownQuestion: String?
    @Option(help: "The file that holds the PIN (P).", completion: .file())
    var pinFile: String?
    @Option(help: "The environment variable that holds the PIN.")
    var pinVariable: String?
    @Option(help: "Session data in hexadecimal digits (S).")
    var session: String?

    /// The code, from these inputs and the two that other kinds of codes have too.
    func code(_ secret: SecretOptions.Secret, counter: UInt64?, at date: Date) async throws -> String {
        guard case .key(let key) = secret else {
            throw Failure("a key URI has no OCRA suite", hint: "give the secret in hexadecimal digits or Base32", exit: .usage)
        }
        guard let suite, let question else { throw Failure("there is no question", hint: "give --suite and --question", exit: .usage) }
        let parsed = try OCRASuite(parsing: suite)
        var data: [UInt8]?
        if let session {
            guard let bytes = [UInt8](hexadecimal: session) else {
                throw Failure("the session data are no hexadecimal digits", hint: "write two digits a byte", exit: .usage)
            }
            data = bytes
        }
        let pin = try await pinHash(parsed.pinHash)
        return try OCRA(suite: parsed, key: key).code(
            question: question, ownQuestion: ownQuestion, counter: counter, pinHash: pin, session: data,
            timeStep: try parsed.step(at: date))
    }

    private func pinHash(_ algorithm: HashAlgorithm?) async throws -> (any Digest)? {
        guard let input = try SecretInput(file: pinFile, variable: pinVariable, "PIN") else { return nil }
        let pin = try await input.password("PIN")
        return pin.withBytes { span in
            unsafe span.withUnsafeBytes { bytes -> any Digest in
                switch algorithm ?? .sha1 {
                case .sha1: unsafe Insecure.SHA1.hash(data: bytes)
                case .sha256: unsafe SHA256.hash(data: bytes)
                case .sha512: unsafe SHA512.hash(data: bytes)
                }
            }
        }
    }
}

/// `tessera otp ocra`.
struct OTPOCRA: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ocra", abstract: "The answer to a question (RFC 6287).",
        discussion: """
            Examples:
              tessera otp ocra --secret-file seed.hex --question 00000000 \\
                --suite OCRA-1:HOTP-SHA1-6:QN08
              tessera otp ocra --secret-file seed.hex --question 12345678 --counter 0 \\
                --suite OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1 --pin-file pin.txt
            """)

    @OptionGroup var secret: SecretOptions
    @OptionGroup var ocra: OCRAOptions
    @Option(parsing: .unconditional, help: "The counter (C).")
    var counter: UInt64?
    @Option(parsing: .unconditional, help: "The moment (T), in seconds of Unix or ISO 8601, instead of now.")
    var at: Moment?
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard ocra.suite != nil, ocra.question != nil else { throw ValidationError("Give the suite and the question.") }
    }

    func run() async throws {
        let code = try await ocra.code(secret.secret(), counter: counter, at: at?.date ?? Date())
        try output.print(["code": code]) { code }
    }
}
