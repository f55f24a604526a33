internal import ISO7816

/// A vendor extension: Yubico's own commands, as developers.yubico.com and the manual of its SDK describe them.
///
/// They imitate firmware 5.4.3: metadata (from 5.3) and management keys of AES (from 5.4.2) are there, moving and deleting
/// keys (5.7) are not. Attestation is left out: it would take a certificate of Yubico's.
extension PIVApplet {
    /// What the version command answers.
    static let yubicoFirmware: [UInt8] = [5, 4, 3]
    /// What a YubiKey comes with, and has again after a reset: everybody knows them.
    private static let yubicoPIN = Array("123456".utf8)
    private static let yubicoPUK = Array("12345678".utf8)
    private static let yubicoTries: UInt8 = 3

    /// Answers one of Yubico's commands; `6D00` for any other.
    mutating func yubico(_ command: CommandAPDU) -> ResponseAPDU {
        switch command.instruction {
        case 0xFD: return .success(Self.yubicoFirmware)
        case 0xF8: return .success(memory.bytes(PIVCells.serialNumber) ?? [0, 0, 0, 0])
        case 0xF7: return metadata(command.p2)
        case 0xFF: return .status(setManagementKey(command))
        case 0xFE: return .status(importKey(command))
        case 0xFA: return .status(setTries(pin: command.p1, puk: command.p2))
        case 0xFB: return .status(resetApplication())
        default: return .status(.instructionNotSupported)
        }
    }

    /// GET METADATA: what is known of a key, the PIN, the PUK or the management key.
    private func metadata(_ reference: UInt8) -> ResponseAPDU {
        let parts: [TLV]
        switch reference {
        case 0x80: parts = Self.metadata(pin, isDefault: pin.holds(Self.yubicoPIN))
        case 0x81: parts = Self.metadata(puk, isDefault: puk.holds(Self.yubicoPUK))
        case 0x9B:
            guard let (key, touch) = PIVManagementKey.kept(in: memory) else { return .status(.referencedDataNotFound) }
            parts = [TLV(0x01, [key.algorithm.rawValue]), TLV(0x02, [0x00, touch]), TLV(0x05, [key == .wellKnown ? 1 : 0])]
        default:
            guard let (key, policy) = key(reference), let publicKey = key.publicParts else { return .status(.referencedDataNotFound) }
            parts = [
                TLV(0x01, [key.kind.pivAlgorithm]), TLV(0x02, [policy.pin.rawValue, policy.touch]), TLV(0x03, [policy.origin.rawValue]),
                TLV(0x04, containing: publicKey.objects),
            ]
        }
        return .success(parts.flatMap(\.encoded))
    }

    private static func metadata(_ reference: ReferenceData, isDefault: Bool) -> [TLV] {
        [TLV(0x01, [0xFF]), TLV(0x05, [isDefault ? 1 : 0]), TLV(0x06, [reference.maximumTries, reference.triesLeft])]
    }

    /// SET MANAGEMENT KEY: algorithm, `9B`, length, key; P2 FF needs no touch, FE does.
    private func setManagementKey(_ command: CommandAPDU) -> StatusWord {
        guard manager.isOpen else { return .securityStatusNotSatisfied }
        guard command.p1 == 0xFF, command.p2 == 0xFF || command.p2 == 0xFE else { return .wrongParameters }
        let data = command.data
        guard data.count > 3, data[1] == 0x9B, Int(data[2]) == data.count - 3,
            let algorithm = PIVManagementKey.Algorithm(rawValue: data[0]),
            let key = PIVManagementKey(algorithm, Array(data.dropFirst(3)))
        else { return .wrongData }
        return keep([PIVCells.managementKey: key.cell(touch: command.p2 == 0xFF ? 1 : 2)])
    }

    /// IMPORT ASYMMETRIC KEY: `01` to `05` the parts of an RSA key, or `06` the private number of an EC key.
    private func importKey(_ command: CommandAPDU) -> StatusWord {
        guard manager.isOpen else { return .securityStatusNotSatisfied }
        guard Self.isKey(command.p2) else { return .wrongParameters }
        guard let kind = CardKeyKind(pivAlgorithm: command.p1), let objects = try? TLV.series(parsing: command.data),
            let policy = policy(in: objects.filter { $0.tag > 0x06 }, for: command.p2, origin: .imported),
            let key = Self.key(kind, objects)
        else { return .wrongData }
        return keep(Self.cells(of: key, policy, command.p2))
    }

    private static func key(_ kind: CardKeyKind, _ objects: [TLV]) -> VirtualKey? {
        guard kind.curve == nil else {
            guard let number = objects.first(0x06) else { return nil }
            return try? VirtualKey.imported(kind, privateNumber: number)
        }
        guard let p = objects.first(0x01), let q = objects.first(0x02), let dP = objects.first(0x03), let dQ = objects.first(0x04),
            let qInverse = objects.first(0x05)
        else { return nil }
        return try? VirtualKey.imported(kind, primes: (p, q), exponents: (dP, dQ), coefficient: qInverse)
    }

    /// SET PIN RETRIES: new numbers of tries for PIN and PUK, which get their first values back.
    ///
    /// A YubiKey takes numbers above 15, which `63Cx` cannot tell; this card does not.
    private mutating func setTries(pin pinTries: UInt8, puk pukTries: UInt8) -> StatusWord {
        guard manager.isOpen, pin.isVerified else { return .securityStatusNotSatisfied }
        guard let cells = Self.references(pin: pinTries, puk: pukTries) else { return .wrongParameters }
        let status = keep(cells)
        if status == .success {
            pin.forget()
            puk.forget()
        }
        return status
    }

    /// RESET: everything as it came from the factory, once PIN and PUK are blocked.
    private mutating func resetApplication() -> StatusWord {
        guard pin.triesLeft == 0, puk.triesLeft == 0, var changes = Self.references(pin: Self.yubicoTries, puk: Self.yubicoTries) else {
            return .conditionsNotSatisfied
        }
        for name in memory.contents.keys where PIVCells.isOwners(name) { changes[name] = .some(nil) }
        changes[PIVCells.managementKey] = PIVManagementKey.wellKnown.cell()
        let status = keep(changes)
        if status == .success { deselect() }
        return status
    }

    /// The first PIN and PUK with so many tries; `nil` for numbers of tries that no card could have.
    private static func references(pin pinTries: UInt8, puk pukTries: UInt8) -> [String: CardMemory.Value?]? {
        guard let pin = FreshReference(yubicoPIN, format: pinFormat, maximumTries: pinTries),
            let puk = FreshReference(yubicoPUK, format: pukFormat, maximumTries: pukTries)
        else { return nil }
        return pin.cells(PIVCells.pin).merging(puk.cells(PIVCells.puk)) { pin, _ in pin }.mapValues { $0 }
    }
}
