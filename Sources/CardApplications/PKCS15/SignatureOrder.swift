import CardProfiles
import ISO7816

/// One signature in a card's dialect: which algorithm reference, over which bytes, with which commands.
struct SignatureOrder {
    private let dialect: SigningDialect
    private let algorithm: UInt8
    private let input: [UInt8]
    private let subject: String
    /// How many bytes the signature has; `nil` where the card decides, or it is more than a short answer holds.
    private let signatureLength: Int?

    /// Chooses the algorithm that fits key and digest.
    ///
    /// - Throws: ``CardError/Code/notSupported`` where the card has none, before anything is sent.
    init(_ input: SignatureInput, with key: CardKey, in dialect: SigningDialect, subject: String) throws(CardError) {
        self.dialect = dialect
        self.subject = subject
        var choices: [(SigningDialect.Scheme, [UInt8])] = []
        switch key.algorithm {
        case .rsa:
            // The card writes the DigestInfo only where the digest travels alone.
            if dialect.hash != nil { choices.append((input.digest.count == 32 ? .rsaSHA256 : .rsaSHA384, input.digest)) }
            choices.append((.rsaDigestInfo, input.digestInfo))
        case .p256, .p384: choices.append((.ecdsa, input.digest))
        case .ed25519, .x25519: break
        }
        guard let (scheme, bytes) = choices.first(where: { dialect.algorithms[$0.0] != nil }), let algorithm = dialect.algorithms[scheme]
        else {
            let hashesItself = key.algorithm.isEllipticCurve && dialect.algorithms[.ecdsaSHA1] != nil
            throw CardError(
                .notSupported, subject,
                detail: hashesItself
                    ? "this card hashes by itself for \(key.algorithm), with SHA-1"
                    : "how this card signs \(input.digest.count) bytes with \(key.algorithm) is not known")
        }
        guard bytes.count <= dialect.maximumInput else {
            throw CardError(.notSupported, subject, detail: "this card signs at most \(dialect.maximumInput) bytes, not \(bytes.count)")
        }
        self.algorithm = algorithm
        self.input = bytes
        signatureLength = if case .rsa(let bits) = key.algorithm, bits < 2048 { (bits + 7) / 8 } else { nil }
    }

    /// Sends the commands, the signature exactly once.
    ///
    /// - Throws: ``CardError``, marked as ``CardError/beforehand`` when the signature itself was not yet asked for.
    func carryOut(for key: PKCS15PrivateKey, in files: PKCS15Files) async throws(CardError) -> [UInt8] {
        let values: CommandTemplate.Values
        do throws(CardError) {
            values = try named(key)
            try await prepare(values, for: key, in: files)
        } catch { throw error.beforehand }
        var command = dialect.signature.command(values)
        // Over T=0 a card that is asked for more than the signature has says so, and nothing is asked twice here.
        if let length = signatureLength, files.channel.atr.protocols == [0] { command.expectedLength = length }
        return try await files.channel.send(command, mayRepeat: false).orRefused(subject)
    }

    /// The key as the dialect names it.
    private func named(_ key: PKCS15PrivateKey) throws(CardError) -> CommandTemplate.Values {
        var reference: UInt8 = 0
        if dialect.addressing == .keyReference {
            guard let named = key.reference else {
                throw CardError(.notSupported, subject, detail: "the card does not tell the key's number")
            }
            reference = named
        }
        let file = dialect.addressing == .keyReference ? key.path?.identifier ?? [] : try path(of: key).identifier
        return CommandTemplate.Values(algorithm: algorithm, reference: reference, fileIdentifier: file, input: input)
    }

    private func path(of key: PKCS15PrivateKey) throws(CardError) -> PKCS15Path {
        guard let path = key.path else { throw CardError(.notSupported, subject, detail: "the card does not tell the key's file") }
        return path
    }

    /// Everything but the signature: the key and the algorithm are chosen, the digest handed over where the dialect says so.
    private func prepare(_ values: CommandTemplate.Values, for key: PKCS15PrivateKey, in files: PKCS15Files) async throws(CardError) {
        if dialect.addressing == .keyFile { try await files.selectKey(path(of: key)) }
        let environment = dialect.environment.command(values)
        var answer = try await files.channel.send(environment)
        // Setting the environment does nothing yet: where the identifier alone finds no key, its file is selected after all.
        if answer.status != .success, dialect.addressing == .keyFileIdentifier {
            try await files.selectKey(path(of: key))
            answer = try await files.channel.send(environment)
        }
        _ = try answer.orRefused(subject)
        if let hash = dialect.hash { try await handOver(hash.command(values), to: files.channel) }
    }

    /// PSO: HASH with a digest that is ready; what the card has to say about it (`61xx` on T=0) is not fetched.
    private func handOver(_ command: CommandAPDU, to channel: any CardChannel) async throws(CardError) {
        let bytes: [UInt8]
        do { bytes = try command.encoded() } catch { throw CardError(.notSupported, subject, detail: "its digest is too long") }
        let answer = try await channel.transmit(bytes)
        guard let status = try? ResponseAPDU(parsing: answer).status else { throw CardError(.malformedAnswer, subject) }
        guard status == .success || StatusWord.moreData ~= status else { throw CardError(.refused(status), subject) }
    }
}

extension CardKey.Algorithm {
    /// Whether it is on one of the curves.
    fileprivate var isEllipticCurve: Bool {
        switch self {
        case .rsa, .ed25519, .x25519: false
        case .p256, .p384: true
        }
    }
}
