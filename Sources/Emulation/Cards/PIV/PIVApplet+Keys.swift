internal import ISO7816

extension PIVApplet {
    /// Whether a key can have this reference; SP 800-73-4 part 1, table 5.
    static func isKey(_ reference: UInt8) -> Bool { PIVSlot(rawValue: reference) != nil || isRetiredKey(reference) }

    private static func isRetiredKey(_ reference: UInt8) -> Bool { (0x82...0x95).contains(reference) }

    /// The key with this reference and what it wants; `nil` when there is none.
    func key(_ reference: UInt8) -> (VirtualKey, PIVKeyPolicy)? {
        guard Self.isKey(reference), let key = memory.key(PIVCells.key(reference)) else { return nil }
        let policy = memory.bytes(PIVCells.policy(reference)).flatMap(PIVKeyPolicy.init)
        return (key, policy ?? .standard(reference, origin: .generated))
    }

    /// GENERATE ASYMMETRIC KEY PAIR: the key is in the card before its public half leaves; SP 800-73-4 part 2, 3.3.2.
    ///
    /// Retired keys are never made on a card of the standard, only moved there; Yubico's extensions allow it.
    mutating func generateKeyPair(_ command: CommandAPDU) -> ResponseAPDU {
        guard manager.isOpen else { return .status(.securityStatusNotSatisfied) }
        guard command.p1 == 0x00, Self.isKey(command.p2), extensions != nil || !Self.isRetiredKey(command.p2) else {
            return .status(.wrongParameters)
        }
        guard let template = try? TLV(parsingFirstOf: command.data), template.tag == 0xAC, let objects = try? template.children(),
            let mechanism = objects.first(0x80), mechanism.count == 1, let kind = CardKeyKind(pivAlgorithm: mechanism[0]),
            let policy = policy(in: objects.filter { $0.tag != 0x80 }, for: command.p2, origin: .generated)
        else { return .status(.wrongData) }
        guard let key = try? VirtualKey.generate(kind), let publicKey = key.publicParts else { return .status(.memoryFailure) }
        let status = keep(Self.cells(of: key, policy, command.p2))
        guard status == .success else { return .status(status) }
        return .success(TLV(0x7F49, containing: publicKey.objects).encoded)
    }

    /// What a key's cells become.
    static func cells(of key: VirtualKey, _ policy: PIVKeyPolicy, _ reference: UInt8) -> [String: CardMemory.Value?] {
        [PIVCells.key(reference): .key(key), PIVCells.policy(reference): .bytes(policy.bytes)]
    }

    /// What the objects beside a key say of it; `nil` when they say what this card does not know.
    ///
    /// Yubico's tags `AA` (PIN) and `AB` (touch), whose `00` stands for the standard's rule.
    func policy(in objects: [TLV], for reference: UInt8, origin: PIVKeyPolicy.Origin) -> PIVKeyPolicy? {
        let standard = PIVKeyPolicy.standard(reference, origin: origin)
        guard !objects.isEmpty else { return standard }
        guard extensions == .yubico, objects.allSatisfy({ ($0.tag == 0xAA || $0.tag == 0xAB) && $0.value.count == 1 }) else { return nil }
        let touch = objects.first(0xAB)?.first ?? 0
        let wanted = objects.first(0xAA)?.first ?? 0
        guard (0...3).contains(touch), let pin = wanted == 0 ? standard.pin : PIVKeyPolicy.PIN(rawValue: wanted) else { return nil }
        return PIVKeyPolicy(pin: pin, touch: max(1, touch), origin: origin)
    }
}
