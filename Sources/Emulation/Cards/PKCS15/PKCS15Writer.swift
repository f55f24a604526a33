internal import ISO7816

/// Writes the files of a PKCS#15 application from what they should say; ISO/IEC 7816-15, 7 and 8.
struct PKCS15Writer {
    let layout: PKCS15Layout
    let kind: CardKeyKind
    let serialNumber: [UInt8]

    /// The directory files, in the order of ``files(keys:certificates:publicKeys:)``.
    private enum Directory: UInt16 {
        case authentication = 0x4401
        case privateKeys = 0x4402
        case certificates = 0x4403
        case publicKeys = 0x4404
    }

    /// The identifier that ties the PIN to its keys.
    private static let pinIdentifier: [UInt8] = [0x01]

    /// Identifiers that tie a key to its certificate: 01, 02.
    private func objectIdentifier(_ index: Int) -> [UInt8] { [UInt8(truncatingIfNeeded: index + 1)] }

    private func file(_ base: UInt16, _ index: Int) -> UInt16 { base + UInt16(truncatingIfNeeded: index + 1) }

    /// All files below the master file.
    func files(keys: [VirtualKey], certificates: [[UInt8]], publicKeys: [[UInt8]]) -> [CardFile] {
        let indices = Array(keys.indices)
        var files = [
            CardFile([PKCS15Layout.applicationDirectory], .transparent(padded([applicationTemplate])), shortIdentifier: 0x1E),
            CardFile([layout.directory], .directory(name: layout.directoryHasName ? layout.name : nil)),
            inside(PKCS15Layout.objectDirectory, padded(objectDirectory), shortIdentifier: 0x11),
            inside(PKCS15Layout.tokenInfo, tokenInfo.encoded, shortIdentifier: 0x12),
            inside(Directory.authentication.rawValue, padded([pin])),
            inside(Directory.privateKeys.rawValue, padded(indices.map(privateKey))),
            inside(Directory.certificates.rawValue, padded(indices.map(certificate))),
            inside(Directory.publicKeys.rawValue, padded(indices.map(publicKey))),
        ]
        if layout.keyReferences == nil {
            files += keys.enumerated().map {
                CardFile([layout.directory, file(0x4B00, $0.offset)], .key($0.element), access: .pin(layout.pin.reference))
            }
        }
        files += certificates.enumerated().map { inside(file(0x4300, $0.offset), $0.element) }
        files += publicKeys.enumerated().map { inside(file(0x5500, $0.offset), publicKeyFile($0.element)) }
        return files
    }

    private func inside(_ identifier: UInt16, _ content: [UInt8], shortIdentifier: UInt8? = nil) -> CardFile {
        CardFile([layout.directory, identifier], .transparent(content), shortIdentifier: shortIdentifier)
    }

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
        return TLV(0x61, containing: [TLV(0x4F, layout.name), TLV(0x50, Array(layout.applicationLabel.utf8)), TLV(0x51, path)])
    }

    /// Where the directory files are, by the tags of `CIOChoice`; 8.3.
    private var objectDirectory: [TLV] {
        [
            TLV(0xA8, containing: [path(Directory.authentication.rawValue)]), TLV(0xA0, containing: [path(Directory.privateKeys.rawValue)]),
            TLV(0xA1, containing: [path(Directory.publicKeys.rawValue)]), TLV(0xA4, containing: [path(Directory.certificates.rawValue)]),
        ]
    }

    /// Version 1, number, maker, label; logging in is wanted (bit 1), random numbers can be had (bit 2); 8.10.
    private var tokenInfo: TLV {
        .sequence(
            .integer(0), .octets(serialNumber), .text(layout.manufacturer), TLV(0x80, Array(layout.label.utf8)), .bits(1, 2))
    }

    /// The PIN: private and modifiable; local, initialised, padded; 8.9.2.
    private var pin: TLV {
        let format = layout.pin.format
        return .sequence(
            .sequence(.text(layout.pin.label), .bits(0, 1)), .sequence(.octets(Self.pinIdentifier)),
            TLV(
                0xA1,
                containing: [
                    .sequence(
                        .bits(1, 4, 5), .enumerated(1), .integer(format.lengths.lowerBound), .integer(format.paddedLength),
                        .integer(format.lengths.upperBound), .integer(tag: 0x80, Int(layout.pin.reference)), .octets([format.padding]))
                ]))
    }

    /// A private key of the card (8.4.1 to 8.4.3): sign (bit 2), for the second one also nonRepudiation (bit 9).
    private func privateKey(_ index: Int) -> TLV {
        let usage: TLV = PKCS15Content.usages[index] == .signature ? .bits(2, 9) : .bits(2)
        // Sensitive, always sensitive, never extractable, local: bits 0, 2, 3, 4.
        var attributes = [TLV.octets(objectIdentifier(index)), usage, .bits(0, 2, 3, 4)]
        // OsEID's has a number, too, though MSE names its file and 00.
        attributes.append(.integer(layout.keyReferences.map { Int($0[index]) } ?? index + 1))
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
            TLV(0xA1, containing: [.sequence(path(file(0x4300, index)))]))
    }

    /// A public key as its file has it: for RSA modulus and exponent alone, for EC the whole SubjectPublicKeyInfo.
    private func publicKeyFile(_ information: [UInt8]) -> [UInt8] {
        guard kind.curve == nil, let parts = try? TLV(parsingFirstOf: information).children(), let bits = parts.first(0x03) else {
            return information
        }
        return Array(bits.dropFirst())
    }
}
