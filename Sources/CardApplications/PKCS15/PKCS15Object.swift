import CardProfiles
import ISO7816

/// An object of a PKCS#15 directory file; ISO/IEC 7816-15, 8.2.1 (`CIO`).
///
/// Read leniently as BER: cards pad, and write numbers longer than they have to be.
struct PKCS15Object {
    /// The outer tag, which tells kinds apart: `30` for RSA keys and X.509 certificates, `A0` for EC keys.
    let tag: UInt32
    /// What a person reads; empty where the card says nothing.
    let label: String
    /// The identifier of the PIN that guards it; `nil` for none.
    let authenticationID: [UInt8]?
    /// Whether nobody gets at it without having said who he is (`private`, the first bit of `CommonObjectFlags`).
    let isPrivate: Bool
    /// Whether each use wants the PIN anew (`userConsent`).
    let wantsConsent: Bool
    /// The attributes of its class (keys, certificates, PINs).
    let classAttributes: [TLV]
    /// The attributes of its type, behind tag `A1`.
    let typeAttributes: [TLV]

    /// A private object that no directory file was read for.
    init(guarded label: String) {
        tag = 0x30
        self.label = label
        authenticationID = nil
        isPrivate = true
        wantsConsent = false
        classAttributes = []
        typeAttributes = []
    }

    /// Reads one object of a directory file.
    init(parsing object: TLV) throws(TLVError) {
        let parts = try object.children()
        guard parts.count >= 2, parts[0].tag == 0x30, parts[1].tag == 0x30 else { throw .missing(0x30) }
        let common = try parts[0].children()
        tag = object.tag
        label = Self.printable(common.first(0x0C) ?? [])
        authenticationID = common.first(0x04)
        isPrivate = (common.first(0x03)?.dropFirst().first ?? 0) & 0x80 != 0
        wantsConsent = try common.first(0x02).map { (value) throws(TLVError) in try Self.number(value) > 0 } ?? false
        classAttributes = try parts[1].children()
        typeAttributes = try TLV(parsingFirstOf: try parts.required(0xA1)).children()
    }

    /// Text of a card for people to read: no control characters, which a terminal would obey, and at most 64 characters.
    static func printable(_ bytes: [UInt8]) -> String {
        let obeyed: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]
        let scalars = String(decoding: bytes, as: UTF8.self).unicodeScalars.filter { !obeyed.contains($0.properties.generalCategory) }
        return String(String(String.UnicodeScalarView(scalars)).prefix(64))
    }

    /// A length, offset or reference, which is never negative for us: 80 and FF are key references.
    static func number(_ bytes: [UInt8]) throws(TLVError) -> Int {
        let digits = bytes.drop { $0 == 0 }
        guard !bytes.isEmpty, digits.count <= 2 else { throw .malformed }
        return digits.reduce(0) { $0 << 8 | Int($1) }
    }

    /// A key or PIN reference: one byte, however it is written.
    static func reference(_ bytes: [UInt8]) throws(TLVError) -> UInt8 {
        guard let reference = UInt8(exactly: try number(bytes)) else { throw .malformed }
        return reference
    }
}

/// A private key as PrKDF describes it; ISO/IEC 7816-15, 8.4.
struct PKCS15PrivateKey {
    let object: PKCS15Object
    /// What ties it to its certificate.
    let id: [UInt8]
    /// The two bytes of the usage bit string, `decipher` to `nonRepudiation`, first bit highest.
    let usage: UInt16
    /// The number that the card knows it by; `nil` where it does not say.
    let reference: UInt8?
    /// The file of the key, or the directory that it lives in; `nil` for an empty path, where the number alone names it.
    let path: PKCS15Path?
    /// The entries of TokenInfo's `supportedAlgorithms` that it works with; empty where it does not say.
    let algorithmReferences: [Int]

    /// A key where its family has it: what it is there for its certificate will say, which PIN guards it the AODF.
    init(at place: KeyPlace) {
        object = PKCS15Object(guarded: "\(place.purpose)")
        id = [place.reference]
        usage = place.purpose == .signature ? 0x0040 : 0x2000
        reference = place.reference
        path = nil
        algorithmReferences = []
    }

    init(parsing object: TLV, in directory: PKCS15Path) throws(TLVError) {
        let object = try PKCS15Object(parsing: object)
        let bits = Array(try object.classAttributes.required(0x03).dropFirst())
        self.object = object
        id = try object.classAttributes.required(0x04)
        usage = UInt16(bits.first ?? 0) << 8 | UInt16(bits.dropFirst().first ?? 0)
        reference = try object.classAttributes.first(0x02).map { (value) throws(TLVError) in try PKCS15Object.reference(value) }
        // The value is a path, or (in version 1.1) a choice that wraps one.
        guard let value = object.typeAttributes.first else { throw .missing(0x30) }
        let isEmpty = value.tag == 0x30 && (try? value.children())?.first(0x04) == []
        path = isEmpty ? nil : try PKCS15Path(parsing: value, in: directory)
        let references = (try? TLV.series(parsing: object.classAttributes.first(0xA1) ?? [])) ?? []
        algorithmReferences = references.compactMap { $0.tag == 0x02 ? try? PKCS15Object.number($0.value) : nil }
    }

    /// What people read of it.
    var label: String { object.label.isEmpty ? "key \(id.hexadecimal)" : object.label }

    /// The role that the usage bits suggest; a certificate's key usage says it better.
    var role: CardKey.Role {
        if usage & 0x0040 != 0 { return .signature }  // nonRepudiation, bit 9
        if usage & 0x2000 != 0 { return .authentication }  // sign, bit 2
        if usage & 0x4400 != 0 { return .decryption }  // decrypt, bit 1; unwrap, bit 5
        return .other
    }

    /// How likely it is the key for `role`, before its certificate is read: usage says it, else the label hints at it.
    func likelihood(of role: CardKey.Role) -> Int {
        if self.role == role, role != .authentication { return 2 }
        let hint = object.label.lowercased()
        switch role {
        case .authentication: return hint.contains("auth") ? 2 : (self.role == role ? 1 : 0)
        case .signature: return hint.contains("sig") ? 2 : 0
        default: return 0
        }
    }
}

/// A certificate as CDF describes it; ISO/IEC 7816-15, 8.7.
struct PKCS15Certificate {
    /// The certificate itself, or the way to it (`ObjectValue`).
    enum Value {
        /// It lies in a file.
        case indirect(PKCS15Path)
        /// It is part of the directory file.
        case direct([UInt8])
    }

    /// What ties it to its key.
    let id: [UInt8]
    /// Where it is.
    let value: Value

    /// The certificate of a key where its family has it.
    init(at place: KeyPlace) {
        id = [place.reference]
        value = .indirect(PKCS15Path(bare: place.certificate))
    }

    init(parsing object: TLV, in directory: PKCS15Path) throws(TLVError) {
        let object = try PKCS15Object(parsing: object)
        id = try object.classAttributes.required(0x04)
        guard let value = object.typeAttributes.first else { throw .missing(0x30) }
        self.value =
            value.tag == 0xA0
            ? .direct(try TLV(parsingFirstOf: value.value).encoded) : .indirect(try PKCS15Path(parsing: value, in: directory))
    }
}

/// A public key as PuKDF describes it, as far as it explains a key without certificate; ISO/IEC 7816-15, 8.5.
struct PKCS15PublicKey {
    /// What ties it to its private key.
    let id: [UInt8]

    init(parsing object: TLV) throws(TLVError) { id = try PKCS15Object(parsing: object).classAttributes.required(0x04) }
}
