internal import ISO7816

extension FileSystemApplet {
    /// MANAGE SECURITY ENVIRONMENT, SET: tells whether the card has such a key and algorithm; ISO/IEC 7816-4, 11.5.11.
    mutating func manageSecurityEnvironment(_ command: CommandAPDU) -> StatusWord {
        do throws(Refusal) {
            let new = try SecurityEnvironment(command)
            guard key(of: new) != nil else { throw Refusal(.referencedDataNotFound) }
            guard style.algorithms[new.algorithm] != nil else { throw Refusal(.functionNotSupported) }
            environment = new
            hash = nil
            return .success
        } catch {
            return error.status
        }
    }

    /// PERFORM SECURITY OPERATION: HASH (`90 A0`) and COMPUTE DIGITAL SIGNATURE (`9E 9A`); ISO/IEC 7816-8, 11.
    mutating func performSecurityOperation(_ command: CommandAPDU) -> ResponseAPDU {
        switch (command.p1, command.p2) {
        case (0x90, 0xA0): return takeHash(command)
        case (0x9E, 0x9A):
            // Without data it signs what HASH brought, once.
            let input = command.data.isEmpty ? hash : command.data
            hash = nil
            guard let input else { return .status(.conditionsNotSatisfied) }
            return sign(input, for: .signature)
        default: return .status(.wrongParameters)
        }
    }

    /// INTERNAL AUTHENTICATE: the same operation under the authentication template; ISO/IEC 7816-4, 11.5.2.
    func internalAuthenticate(_ command: CommandAPDU) -> ResponseAPDU {
        guard command.p1 == 0x00, !command.data.isEmpty else { return .status(.wrongParameters) }
        return sign(command.data, for: .authentication)
    }

    /// Takes a digest that the host computed (tag `90`) and says it back to whoever asks.
    private mutating func takeHash(_ command: CommandAPDU) -> ResponseAPDU {
        guard let environment, environment.purpose == .signature, case .rsaPKCS1(let digest?) = style.algorithms[environment.algorithm]
        else { return .status(.conditionsNotSatisfied) }
        guard let object = try? TLV(parsingFirstOf: command.data), object.tag == 0x90, object.value.count == digest.length else {
            return .status(.wrongData)
        }
        hash = object.value
        return .success(command.expectedLength == nil ? [] : object.value)
    }

    private func sign(_ input: [UInt8], for purpose: SecurityEnvironment.Purpose) -> ResponseAPDU {
        guard let environment, environment.purpose == purpose, let object = key(of: environment),
            let algorithm = style.algorithms[environment.algorithm]
        else { return .status(.conditionsNotSatisfied) }
        guard fulfils(object.access) else { return .status(style.signatureWithoutPIN) }
        guard let signature = algorithm.sign(input, with: object.key) else { return .status(.wrongData) }
        return .success(signature)
    }

    /// The key that an environment names, the way this card wants it named.
    private func key(of environment: SecurityEnvironment) -> KeyObject? {
        switch style.keyAddressing {
        case .file:
            guard environment.keyReference ?? 0 == 0 else { return nil }
            let named = environment.file.map { identifier in
                tree.files.first { $0.parent == tree.directory && $0.identifier == identifier }
            }
            guard let file = named ?? tree.current, let key = file.key else { return nil }
            return KeyObject(key: key, access: file.access)
        case .reference: return environment.keyReference.flatMap { keys[$0] }
        }
    }
}
