internal import Foundation
internal import ISO7816

/// What personalisation writes into a PIV card's memory: keys and data objects; SP 800-73-4 part 1, 3 and appendix A.
///
/// Several cards may begin with one content (twins); what becomes of it, PINs and tries are each card's own.
struct PIVContent: Sendable {
    /// The keys, by their references.
    let keys: [PIVSlot: VirtualKey]
    /// The key management keys of earlier certificates, from reference 82 on.
    let retiredKeys: [VirtualKey]
    /// The data objects as GET DATA returns them, wrapping included, by their tags.
    let objects: [UInt32: [UInt8]]
    /// The card's own number (GUID).
    let number: [UInt8]

    /// Makes four keys, has them certified, and writes the objects around them.
    ///
    /// - Parameter identifier: the card's own number (GUID); clients derive the token's serial number from it.
    init(
        holder: String, keys kind: CardKeyKind, authority: TestAuthority, now: Date, identifier: UUID, options: PIVOptions = PIVOptions()
    ) throws(PersonalisationError) {
        guard (0...20).contains(options.retiredKeys) else { throw .tooManyRetiredKeys }
        var keys: [PIVSlot: VirtualKey] = [:]
        var retiredKeys: [VirtualKey] = []
        do throws(VirtualKeyError) {
            for slot in PIVSlot.allCases { keys[slot] = try VirtualKey.generate(kind) }
            for _ in 0..<options.retiredKeys { retiredKeys.append(try VirtualKey.generate(kind)) }
        } catch {
            throw .key(error)
        }
        try self.init(
            holder: holder, keys: keys, retiredKeys: retiredKeys, authority: authority, now: now, identifier: identifier, options: options)
    }

    /// Has these keys certified, and writes the objects around them.
    init(
        holder: String, keys: [PIVSlot: VirtualKey], retiredKeys: [VirtualKey] = [], authority: TestAuthority, now: Date,
        identifier: UUID, options: PIVOptions = PIVOptions()
    ) throws(PersonalisationError) {
        guard retiredKeys.count <= 20 else { throw .tooManyRetiredKeys }
        var objects: [UInt32: [UInt8]] = [:]
        let current = keys.map { ($0.value, $0.key.usage, $0.key.certificateObject) }
        let retired = retiredKeys.enumerated().map { ($0.element, CertificateUsage.keyManagement, 0x5FC10D + UInt32($0.offset)) }
        for (key, usage, object) in current + retired {
            let publicKey: [UInt8]
            do throws(VirtualKeyError) { publicKey = try key.publicKey() } catch { throw .key(error) }
            do throws(TestAuthorityError) {
                let certificate = try authority.issue(holder: holder, publicKey: publicKey, usage: usage, now: now)
                objects[object] = Self.certificate(certificate, compressed: options.compressesCertificates)
            } catch {
                throw .certificate(error)
            }
        }
        let number = unsafe withUnsafeBytes(of: identifier.uuid) { unsafe Array($0) }
        objects[0x5FC102] = Self.holderIdentifier(number, expires: now.addingTimeInterval(TestAuthority.leafValidity))
        objects[0x5FC107] = Self.capabilityContainer(number)
        objects[0x5FC10C] = Self.keyHistory(retiredKeys.count)
        objects[0x7E] = Self.discovery
        self.keys = keys
        self.retiredKeys = retiredKeys
        self.objects = objects
        self.number = number
    }

    /// The cells that a card with this content begins with, under the names of ``PIVCells``.
    func cells(
        pin: FreshReference, puk: FreshReference, managementKey: PIVManagementKey?, extensions: PIVOptions.Extensions?
    ) -> [String: CardMemory.Value] {
        var cells = pin.cells(PIVCells.pin).merging(puk.cells(PIVCells.puk)) { pin, _ in pin }
        let current = keys.map { ($0.key.rawValue, $0.value) }
        let retired = retiredKeys.enumerated().map { (0x82 + UInt8($0.offset), $0.element) }
        for (reference, key) in current + retired {
            cells[PIVCells.key(reference)] = .key(key)
            cells[PIVCells.policy(reference)] = .bytes(PIVKeyPolicy.standard(reference, origin: .generated).bytes)
        }
        for (tag, object) in objects { cells[PIVCells.object(tag)] = .bytes(object) }
        cells[PIVCells.managementKey] = managementKey?.cell()
        if let extensions {
            cells[PIVCells.extensions] = .bytes(Array(extensions.rawValue.utf8))
            // A YubiKey's number has up to eight decimal digits.
            let low = number.suffix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } % 100_000_000
            cells[PIVCells.serialNumber] = .bytes([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: low >> $0) })
        }
        return cells
    }

    /// The container of data objects, tag `53`.
    private static func container(_ objects: [TLV]) -> [UInt8] { TLV(0x53, containing: objects).encoded }

    /// A certificate, and whether it is compressed (CertInfo); SP 800-73-4 part 1, tables 10 and 39.
    private static func certificate(_ certificate: [UInt8], compressed: Bool) -> [UInt8] {
        if compressed, let packed = Gzip.packed(certificate) { return container([TLV(0x70, packed), TLV(0x71, [0x01]), TLV(0xFE, [])]) }
        return container([TLV(0x70, certificate), TLV(0x71, [0x00]), TLV(0xFE, [])])
    }

    /// CHUID, not signed: the issuer signature (tag `3E`) is empty; SP 800-73-4 part 1, 3.1.2 and table 9.
    private static func holderIdentifier(_ number: [UInt8], expires: Date) -> [UInt8] {
        container([
            TLV(0x30, nonFederalNumber), TLV(0x34, number), TLV(0x35, Array(day(expires).utf8)), TLV(0x3E, []), TLV(0xFE, []),
        ])
    }

    /// The FASC-N of a card that no federal agency issued: agency, system and credential number are all nines.
    ///
    /// Forty characters of four bits and odd parity; clients then take the GUID as the card's number.
    private static let nonFederalNumber: [UInt8] = [
        0xD4, 0xE7, 0x39, 0xDA, 0x73, 0x9C, 0xED, 0x39, 0xCE, 0x73, 0x9D, 0x83, 0x68, 0x58, 0x21, 0x08, 0x42, 0x10, 0x84, 0x21, 0xC8, 0x42,
        0x10, 0xC3, 0xEB,
    ]

    /// `YYYYMMDD` in UTC.
    private static func day(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: .gmt).year().month().day().dateSeparator(.omitted))
    }

    /// Card Capability Container; SP 800-73-4 part 1, 3.1.1 and table 8.
    ///
    /// The card identifier is the GSC-IS RID, manufacturer `FF`, card type 2 (a file system card's "PKCS#15" is 4),
    /// and the last bytes of the card's own number.
    private static func capabilityContainer(_ number: [UInt8]) -> [UInt8] {
        let identifier = [0xA0, 0x00, 0x00, 0x01, 0x16, 0xFF, 0x02] + number.suffix(14)
        let empty: [UInt32] = [0xF6, 0xF7, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE]
        return container(
            [
                TLV(0xF0, identifier), TLV(0xF1, [0x21]), TLV(0xF2, [0x21]), TLV(0xF3, []), TLV(0xF4, [0x00]), TLV(0xF5, [0x10]),
            ] + empty.map { TLV($0, []) })
    }

    /// How many retired keys have their certificates on the card; none has it elsewhere.
    ///
    /// SP 800-73-4 part 1, 3.3.3.
    private static func keyHistory(_ count: Int) -> [UInt8] {
        container([TLV(0xC1, [UInt8(count)]), TLV(0xC2, [0]), TLV(0xFE, [])])
    }

    /// The application's name, and that its own PIN (not a global one) is the one to use; SP 800-73-4 part 1, 3.3.2.
    private static let discovery = TLV(0x7E, containing: [TLV(0x4F, PIVApplet.name), TLV(0x5F2F, [0x40, 0x00])]).encoded
}
