internal import ISO7816

/// A private key of the card with the conditions for it.
struct KeyAtWork {
    let key: VirtualKey
    let cell: String
    let purposes: KeyPurposes
    let access: AccessCondition
    let update: AccessCondition
}

extension FileSystemApplet {
    /// MANAGE SECURITY ENVIRONMENT, SET and RESTORE; ISO/IEC 7816-4, 11.5.11.
    ///
    /// SET tells whether the card has such a key for this purpose, and the algorithm.
    mutating func manageSecurityEnvironment(_ command: CommandAPDU) -> StatusWord {
        if command.p1 == 0xF3 { return restoreEnvironment(command) }
        do throws(Refusal) {
            let new = try SecurityEnvironment(command)
            guard new.purpose != .confidentiality || style.hasDecipherAndGenerate else { throw Refusal(.wrongParameters) }
            guard key(of: new) != nil else { throw Refusal(.referencedDataNotFound) }
            guard style.algorithms[new.algorithm] != nil else { throw Refusal(.functionNotSupported) }
            if style.hasOneTemplate { environment = [:] }
            environment[new.purpose] = new
            hash = nil
            return .success
        } catch {
            return error.status
        }
    }

    /// RESTORE: all templates that the card keeps under the number in P2 take the place of the current ones.
    private mutating func restoreEnvironment(_ command: CommandAPDU) -> StatusWord {
        guard command.data.isEmpty else { return .wrongLength }
        let stored = plan.environments.filter { $0.number == command.p2 }.map(\.environment)
        guard !stored.isEmpty else { return .referencedDataNotFound }
        environment = Dictionary(stored.map { ($0.purpose, $0) }, uniquingKeysWith: { first, _ in first })
        hash = nil
        return .success
    }

    /// PERFORM SECURITY OPERATION: HASH (`90 A0`, `90 80`), COMPUTE DIGITAL SIGNATURE (`9E 9A`) and DECIPHER (`80 86`);
    /// ISO/IEC 7816-8, 11.
    mutating func performSecurityOperation(_ command: CommandAPDU) -> ResponseAPDU {
        switch (command.p1, command.p2) {
        case (0x90, 0xA0): return takeHash(command)
        case (0x90, 0x80): return computeHash(command)
        case (0x9E, 0x9A):
            // Without data it signs what HASH brought, once.
            let input = command.data.isEmpty ? hash : command.data
            hash = nil
            guard let input else { return .status(.conditionsNotSatisfied) }
            return sign(input, for: .signature)
        case (0x80, 0x86) where style.hasDecipherAndGenerate: return decipher(command)
        default: return .status(.wrongParameters)
        }
    }

    /// INTERNAL AUTHENTICATE: the same operation under the authentication template; ISO/IEC 7816-4, 11.5.2.
    func internalAuthenticate(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x00, !command.data.isEmpty else { return .status(.wrongParameters) }
        return sign(command.data, for: .authentication)
    }

    /// How the signature template's algorithm has RSA padded, with the hash that the card wraps; `nil` where it does not pad.
    private var padding: CardAlgorithm? {
        guard let template = environment[.signature], case .rsaPKCS1? = style.algorithms[template.algorithm] else { return nil }
        return style.algorithms[template.algorithm]
    }

    /// The hash that the card wraps; `nil` where the host does that.
    private var digestKind: DigestKind? {
        guard case .rsaPKCS1(let digest)? = padding else { return nil }
        return digest
    }

    /// Takes what the host computed (tag `90`), and says it back to whoever asks: a digest, or a DigestInfo where the host wraps
    /// it, as OpenSC's driver of Classic V3 does.
    private mutating func takeHash(_ command: CommandAPDU) -> ResponseAPDU {
        guard padding != nil else { return .status(.conditionsNotSatisfied) }
        guard let object = try? TLV(parsingFirstOf: command.data), object.tag == 0x90, !object.value.isEmpty,
            object.value.count == digestKind?.length ?? object.value.count
        else { return .status(.wrongData) }
        hash = object.value
        return .success(command.expectedLength == nil ? [] : object.value)
    }

    /// Hashes data that come whole.
    private mutating func computeHash(_ command: CommandAPDU) -> ResponseAPDU {
        guard let digestKind else { return .status(.conditionsNotSatisfied) }
        let digest = digestKind.digest(command.data)
        hash = digest
        return .success(command.expectedLength == nil ? [] : digest)
    }

    private func sign(_ input: [UInt8], for purpose: SecurityEnvironment.Purpose) -> ResponseAPDU {
        guard let template = environment[purpose], let found = key(of: template), let algorithm = style.algorithms[template.algorithm]
        else { return .status(.conditionsNotSatisfied) }
        guard fulfils(found.access) else { return .status(style.signatureWithoutPIN) }
        guard let signature = algorithm.sign(input, with: found.key) else { return .status(.wrongData) }
        return .success(signature)
    }

    /// The cryptogram stands behind a padding indicator of `00` (no further indication); ISO/IEC 7816-8, 11.11.
    private func decipher(_ command: CommandAPDU) -> ResponseAPDU {
        guard let template = environment[.confidentiality], let found = key(of: template),
            let algorithm = style.algorithms[template.algorithm]
        else { return .status(.conditionsNotSatisfied) }
        guard fulfils(found.access) else { return .status(style.signatureWithoutPIN) }
        guard command.data.first == 0x00, let plain = algorithm.decipher(Array(command.data.dropFirst()), with: found.key) else {
            return .status(.wrongData)
        }
        return .success(plain)
    }

    /// The key that an environment names, the way this card wants it named; `nil` also for one that is there for other purposes.
    func key(of environment: SecurityEnvironment) -> KeyAtWork? {
        guard let found = keyNamed(by: environment), found.purposes.allow(environment.purpose) else { return nil }
        return found
    }

    private func keyNamed(by environment: SecurityEnvironment) -> KeyAtWork? {
        switch style.keyAddressing {
        case .file:
            guard environment.keyReference ?? 0 == 0 else { return nil }
            let named = environment.file.map { identifier in
                tree.files.first { $0.parent == tree.directory && $0.identifier == identifier }
            }
            guard let file = named ?? tree.current, case .key(_, let purposes) = file.structure, let key = memory.key(file.cell) else {
                return nil
            }
            return KeyAtWork(key: key, cell: file.cell, purposes: purposes, access: file.access, update: file.update)
        case .reference: return environment.keyReference.flatMap(key(numbered:))
        }
    }

    /// The key with this number.
    func key(numbered reference: UInt8) -> KeyAtWork? {
        guard let found = plan.keys.first(where: { $0.reference == reference }), let key = memory.key(found.cell) else { return nil }
        return KeyAtWork(key: key, cell: found.cell, purposes: found.purposes, access: found.access, update: found.update)
    }
}
