internal import ISO7816

extension PIVApplet {
    /// GENERAL AUTHENTICATE with a private key; SP 800-73-4 part 2, 3.2.4 and appendix A.
    ///
    /// Tag `81` is a block for raw RSA (signing and deciphering are the same operation) or a digest for ECDSA, tag `85`
    /// the other party's point for ECDH. As on PivApplet, a slot does not limit which of them its key does.
    ///
    /// - Parameter pinIsFresh: whether the PIN was given by the command just before.
    func generalAuthenticate(_ command: CommandAPDU, pinIsFresh: Bool) -> ResponseAPDU {
        guard let (key, policy) = key(command.p2) else { return .status(.referencedDataNotFound) }
        guard command.p1 == key.kind.pivAlgorithm else { return .status(.wrongParameters) }
        let mayUse =
            switch policy.pin {
            case .never: true
            case .once: pin.isVerified
            case .always: pin.isVerified && pinIsFresh
            }
        guard mayUse else { return .status(.securityStatusNotSatisfied) }
        guard
            let template = try? TLV(parsingFirstOf: command.data), template.tag == 0x7C, let objects = try? template.children(),
            let answer = Self.answer(objects, with: key)
        else { return .status(.wrongData) }
        return .success(TLV(0x7C, containing: [TLV(0x82, answer)]).encoded)
    }

    /// The key's answer to what the template asks; `nil` when it asks for nothing, or for what this key cannot do.
    private static func answer(_ objects: [TLV], with key: VirtualKey) -> [UInt8]? {
        if let challenge = objects.first(0x81) {
            if key.kind.curve == nil {
                guard challenge.count == key.kind.bits / 8 else { return nil }
                return try? key.rawRSA(challenge)
            }
            guard !challenge.isEmpty, challenge.count <= key.kind.bits / 8 else { return nil }
            return try? key.sign(digest: challenge)
        }
        if let point = objects.first(0x85), key.kind.curve != nil, point.first == 0x04 { return try? key.agree(with: point) }
        return nil
    }
}
