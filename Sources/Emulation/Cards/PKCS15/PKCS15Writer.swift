internal import ISO7816

/// Writes the files of a PKCS#15 application from what they should say; ISO/IEC 7816-15, 7 and 8.
struct PKCS15Writer {
    let layout: PKCS15Layout
    let kind: CardKeyKind
    let serialNumber: [UInt8]

    /// The identifier that ties the PIN to its keys.
    private static let pinIdentifier: [UInt8] = [0x01]
    /// The identifier that ties the PUK to the PIN.
    private static let pukIdentifier: [UInt8] = [0x02]

    /// Identifiers that tie a key to its certificate: 01, 02.
    private func objectIdentifier(_ index: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: index + 1)] }

    private func file(_ base: UInt16, _ index: Int) -> UInt16 { base + UInt16(truncatingIfNeeded: index + 1) }

    /// The whole card but its PIN.
    func image(keys: [VirtualKey], certificates: [[UInt8]], publicKeys: [[UInt8]]) -> FileSystemImage {
        let indices = Array(keys.indices)
        let access = AccessCondition.pin(layout.pin.reference)
        var image = FileSystemImage(layout.style, name: layout.named == .master ? layout.name : nil)
        addApplicationDirectory(to: &image)
        image.add(directory: [layout.directory], name: layout.named == .directory ? layout.name : nil)
        image.add(inside(PKCS15Layout.objectDirectory), padded(objectDirectory), shortIdentifier: 0x11)
        image.add(inside(PKCS15Layout.tokenInfo), tokenInfo.encoded, shortIdentifier: 0x12)
        image.add(inside(layout.files.authentication), padded([pin] + puk))
        image.add(inside(layout.files.privateKeys), padded(indices.map(privateKey)))
        image.add(inside(layout.files.certificates), padded(indices.map(certificate)))
        image.add(inside(layout.files.publicKeys), padded(indices.map(publicKey)))
        for (index, key) in keys.enumerated() {
            if let references = layout.keyReferences {
                image.add(key: references[index], key, for: purposes(index), access: access)
            } else {
                image.add(inside(file(0x4B00, index)), key, for: purposes(index), access: access)
            }
        }
        for (index, certificate) in certificates.enumerated() { image.add(inside(layout.files.certificate[index]), certificate) }
        for (index, (key, information)) in zip(keys, publicKeys).enumerated() {
            image.add(inside(file(0x5500, index)), publicKeyFile(key, information))
        }
        if layout.isSelfDescribing { addEnvironments(to: &image) }
        return image
    }

    /// What its entry in the directory of private keys says of a key: both sign, which is all that hosts have them do; the first
    /// one, with which a holder logs in, also answers INTERNAL AUTHENTICATE; neither deciphers.
    ///
    /// That LuxTrust's own cards refuse the rest as well is inferred.
    private func purposes(_ index: Int) -> KeyPurposes {
        PKCS15Content.usages[index] == .authentication ? [.authentication, .signature] : .signature
    }

    /// EF.DIR: in records where the card tells all of itself, otherwise one after the other; ISO/IEC 7816-4, 12.2.
    private func addApplicationDirectory(to image: inout FileSystemImage) {
        let path = [PKCS15Layout.applicationDirectory]
        guard layout.isSelfDescribing else {
            image.add(path, padded([applicationTemplate]), shortIdentifier: 0x1E)
            return
        }
        let structure = RecordStructure(order: .linearVariable, length: 128, capacity: 4)
        image.add(path, RecordList(structure, records: [applicationTemplate.encoded]), shortIdentifier: 0x1E)
    }

    /// Environment 1 has a template for each key: what it signs with without a SET.
    private func addEnvironments(to image: inout FileSystemImage) {
        let purposes: [SecurityEnvironment.Purpose] = [.authentication, .signature]
        guard let algorithm = PKCS15Algorithm.all(for: kind).first?.cardReference else { return }
        for (purpose, reference) in zip(purposes, layout.keyReferences ?? []) {
            image.add(environment: 1, SecurityEnvironment(purpose, algorithm: algorithm, keyReference: reference))
        }
    }

    private func inside(_ identifier: UInt16) -> [UInt16] { [layout.directory, identifier] }

    /// Objects, and the `00` behind them that fill the file.
    private func padded(_ objects: [TLV]) -> [UInt8] {
        let bytes = objects.flatMap(\.encoded)
        let block = max(1, layout.directoryBlock)
        return bytes + Array(repeating: 0x00, count: (block - bytes.count % block) % block)
    }

    /// A path from the master file; `nil` for the application's directory itself.
    private func path(_ identifier: UInt16?) -> TLV {
        let steps = [CardFile.masterIdentifier, layout.directory] + (identifier.map { [$0] } ?? [])
        return .sequence(.octets(steps.flatMap(\.bigEndianBytes)))
    }

    /// The application's entry in EF.DIR; ISO/IEC 7816-15, 7.4.
    private var applicationTemplate: TLV {
        let path = [CardFile.masterIdentifier, layout.directory].flatMap(\.bigEndianBytes)
        return TLV(
            0x61,
            containing: [TLV(0x4F, layout.listedName ?? layout.name), TLV(0x50, Array(layout.applicationLabel.utf8)), TLV(0x51, path)])
    }

    /// Where the directory files are, by the tags of `CIOChoice`; 8.3.
    private var objectDirectory: [TLV] {
        [
            TLV(0xA8, containing: [path(layout.files.authentication)]), TLV(0xA0, containing: [path(layout.files.privateKeys)]),
            TLV(0xA1, containing: [path(layout.files.publicKeys)]), TLV(0xA4, containing: [path(layout.files.certificates)]),
        ]
    }

    /// Version 1, number, maker, label; logging in is wanted (bit 1), random numbers can be had (bit 2); 8.10.
    private var tokenInfo: TLV {
        var parts: [TLV] = [
            .integer(0), .octets(serialNumber), .text(layout.manufacturer), TLV(0x80, Array(layout.label.utf8)), .bits(1, 2),
        ]
        if layout.isSelfDescribing { parts.append(TLV(0xA2, containing: PKCS15Algorithm.all(for: kind).map(Self.information))) }
        return TLV(0x30, containing: parts)
    }

    /// Reference, mechanism, no parameters, operations, the card's own reference.
    private static func information(of algorithm: PKCS15Algorithm) -> TLV {
        .sequence(
            .integer(algorithm.rawValue), .integer(algorithm.mechanism), TLV(0x05, []), .bits(algorithm.operations),
            .integer(Int(algorithm.cardReference)))
    }

    /// The PIN: private and modifiable; local, initialised, padded; 8.9.2.
    private var pin: TLV {
        password(
            layout.pin.label, flags: [1, 4, 5], layout.pin.format, reference: layout.pin.reference, identifier: Self.pinIdentifier,
            guardian: layout.pin.pukReference == nil ? nil : Self.pukIdentifier)
    }

    /// The PUK, where it has a reference of its own: local, initialised, padded, unblocking.
    private var puk: [TLV] {
        guard let reference = layout.pin.pukReference else { return [] }
        return [
            password("PUK", flags: [1, 4, 5, 6], layout.pin.pukFormat, reference: reference, identifier: Self.pukIdentifier, guardian: nil)
        ]
    }

    private func password(
        _ label: String, flags: [Int], _ format: ReferenceData.Format, reference: UInt8, identifier: [UInt8], guardian: [UInt8]?
    ) -> TLV {
        let common = [TLV.text(label), .bits(0, 1)] + (guardian.map { [TLV.octets($0)] } ?? [])
        return .sequence(
            TLV(0x30, containing: common), .sequence(.octets(identifier)),
            TLV(
                0xA1,
                containing: [
                    .sequence(
                        .bits(flags), .enumerated(1), .integer(format.lengths.lowerBound), .integer(format.paddedLength),
                        .integer(format.lengths.upperBound), .integer(tag: 0x80, Int(reference)), .octets([format.padding]))
                ]))
    }

    /// A private key of the card (8.4.1 to 8.4.3): sign (bit 2), for the second one also nonRepudiation (bit 9).
    private func privateKey(_ index: Int) -> TLV {
        let usage: TLV = PKCS15Content.usages[index] == .signature ? .bits(2, 9) : .bits(2)
        // Sensitive, always sensitive, never extractable, local: bits 0, 2, 3, 4.
        var attributes = [TLV.octets(objectIdentifier(index)), usage, .bits(0, 2, 3, 4)]
        // OsEID's has a number, too, though MSE names its file and 00.
        attributes.append(.integer(layout.keyReferences.map { Int($0[index]) } ?? index + 1))
        if layout.isSelfDescribing {
            attributes.append(TLV(0xA1, containing: PKCS15Algorithm.all(for: kind).map { .integer($0.rawValue) }))
        }
        let common = TLV.sequence(.text(layout.objectLabels[index]), .bits(0), .octets(Self.pinIdentifier))
        // The size behind an EC key's path is not the standard's; pkcs15-init writes it so on MyEID and OsEID.
        let value = TLV.sequence(path(layout.keyReferences == nil ? file(0x4B00, index) : nil), .integer(kind.bits))
        return TLV(
            kind.curve == nil ? 0x30 : 0xA0, containing: [common, TLV(0x30, containing: attributes), TLV(0xA1, containing: [value])])
    }

    /// Its public half (8.5): verify (bit 6).
    private func publicKey(_ index: Int) -> TLV {
        let common = TLV.sequence(.text(layout.objectLabels[index]), .bits())
        let value = TLV.sequence(path(file(0x5500, index)), .integer(kind.bits))
        return TLV(
            kind.curve == nil ? 0x30 : 0xA0,
            containing: [common, .sequence(.octets(objectIdentifier(index)), .bits(6)), TLV(0xA1, containing: [value])])
    }

    /// An X.509 certificate (8.7).
    private func certificate(_ index: Int) -> TLV {
        .sequence(
            .sequence(.text(layout.objectLabels[index]), .bits()), .sequence(.octets(objectIdentifier(index))),
            TLV(0xA1, containing: [.sequence(path(layout.files.certificate[index]))]))
    }

    /// A public key as its file has it: for RSA modulus and exponent alone, for EC the whole SubjectPublicKeyInfo.
    private func publicKeyFile(_ key: VirtualKey, _ information: [UInt8]) -> [UInt8] {
        kind.curve == nil ? key.publicParts?.encoded ?? information : information
    }
}
