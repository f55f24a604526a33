import CardProfiles
import ISO7816

/// What the files of a PKCS#15 application say, as far as signing needs it; ISO/IEC 7816-15, 7.
struct PKCS15Contents {
    /// The most directory files of one kind that are looked at.
    static let maximumFiles = 16
    /// The most objects of one kind that are looked at; how many more there are is told.
    static let maximumObjects = 64
    /// The tag of a password in the AODF (8.9.1), and of an X.509 certificate in the CDF (8.7).
    ///
    /// Other tags there are biometric templates, authentication keys, card-verifiable certificates: nothing to sign with.
    private static let usualObject: UInt32 = 0x30

    /// The directory that the application's files are in.
    private(set) var directory: PKCS15Path
    private(set) var tokenInfo: PKCS15TokenInfo?
    private(set) var pins: [PKCS15PIN] = []
    private(set) var privateKeys: [PKCS15PrivateKey] = []
    private(set) var certificates: [PKCS15Certificate] = []
    private(set) var publicKeys: [PKCS15PublicKey] = []
    /// The family's own PIN: where it is known well enough not to read the AODF for it, or where the AODF says nothing.
    private(set) var familyPIN: PINRules?
    /// Objects that could not be read, and why.
    private(set) var unusable: [CardError] = []
    /// Whether keys and certificates are where the family has them, and nothing of the card says so yet.
    private(set) var isPlaced = false

    /// The file of TokenInfo: on a card that has ODF and TokenInfo in each other's place, the other one.
    private var tokenInfoFile: [UInt8] = [0x50, 0x32]

    private init(in directory: PKCS15Path) { self.directory = directory }

    /// Takes keys and certificates to be where the family has them, and reads nothing but which PIN guards them.
    ///
    /// `nil` where the family does not say, or where the card has no PIN or several: the keys' own entries tell whose each is.
    static func placed(by profile: CardProfile, in files: PKCS15Files) async throws(CardError) -> PKCS15Contents? {
        guard let structure = profile.structure?.value, !structure.keys.isEmpty, let pinFile = structure.pins else { return nil }
        var contents = PKCS15Contents(in: PKCS15Path(structure.directory))
        contents.isPlaced = true
        contents.privateKeys = structure.keys.map(PKCS15PrivateKey.init(at:))
        contents.certificates = structure.keys.map(PKCS15Certificate.init(at:))
        do { try await contents.readPINs(PKCS15Path(structure.directory + pinFile), as: .shortDirectory, in: files) } catch
            where error.concernsOneObject
        { return nil }
        return contents.unusable.isEmpty && contents.pins.count { $0.role == .user } == 1 ? contents : nil
    }

    private mutating func readPINs(_ path: PKCS15Path, as kind: PKCS15Files.Content, in files: PKCS15Files) async throws(CardError) {
        let directory = directory
        try take(try await files.content(of: path, as: kind), "AODF", only: Self.usualObject, into: \.pins) { object throws(TLVError) in
            try PKCS15PIN(parsing: object, in: directory)
        }
    }

    /// Reads keys and certificates where the family has them, without asking the object directory; four commands.
    ///
    /// Two more are for the AODF where the family's PIN is only inferred: a try spent on the wrong one is worse.
    /// `nil` where the card turns out otherwise: a file that is missing or something else, a PIN of another name.
    static func guessed(from profile: CardProfile, in files: PKCS15Files) async throws(CardError) -> PKCS15Contents? {
        guard let structure = profile.structure?.value, let pin = profile.pin,
            let keyFile = structure.privateKeys, let certificateFile = structure.certificates
        else { return nil }
        var contents = PKCS15Contents(in: PKCS15Path(structure.directory))
        let directory = contents.directory
        do {
            let keys = try await files.content(of: PKCS15Path(structure.directory + keyFile), as: .directory)
            try contents.take(keys, "PrKDF", into: \.privateKeys) { object throws(TLVError) in
                try PKCS15PrivateKey(parsing: object, in: directory)
            }
            let isKnownPIN = contents.privateKeys.allSatisfy {
                structure.pinIdentifier == nil || $0.object.authenticationID == nil || $0.object.authenticationID == structure.pinIdentifier
            }
            guard !contents.privateKeys.isEmpty, isKnownPIN else { return nil }
            if pin.confidence == .inferred {
                guard let pinFile = structure.pins else { return nil }
                try await contents.readPINs(PKCS15Path(structure.directory + pinFile), as: .directory, in: files)
                // Whether the card has none, or keeps them elsewhere, its object directory has to say.
                guard !contents.pins.isEmpty else { return nil }
            } else {
                contents.familyPIN = pin.value
            }
            let certificates = try await files.content(of: PKCS15Path(structure.directory + certificateFile), as: .directory)
            try contents.take(certificates, "CDF", only: Self.usualObject, into: \.certificates) { object throws(TLVError) in
                try PKCS15Certificate(parsing: object, in: directory)
            }
        } catch  where error.concernsOneObject {
            return nil
        }
        return contents.unusable.isEmpty && !contents.certificates.isEmpty ? contents : nil
    }

    /// Reads the object directory (ODF), wherever it is, and the directory files that it names.
    ///
    /// - Parameters:
    ///   - profile: the family, which may know the directory.
    ///   - everything: whether what signing does not need is read, too.
    /// - Throws: ``CardError`` when the ODF cannot be read; what is broken behind it lands in ``unusable``.
    init(of profile: CardProfile, in files: PKCS15Files, everything: Bool) async throws(CardError) {
        let (directory, odf) = try await Self.objectDirectory(of: profile, in: files)
        self.init(in: directory)
        var entries = try parsing("the object directory (ODF)") { () throws(TLVError) in try TLV.series(parsing: odf) }
        // No entry of an ODF is a sequence; the Uruguayan identity card is said to have the two files so (firmauy, docs/card-protocol.md).
        if entries.first?.tag == 0x30 {
            let other = try await files.content(of: PKCS15Path(directory.fileIdentifiers + tokenInfoFile), as: .directory)
            entries = try parsing("the object directory (ODF)") { () throws(TLVError) in try TLV.series(parsing: other) }
            tokenInfoFile = [0x50, 0x31]
        }
        // Without a dialect of its own the family needs the card's word on who made it, and how it signs.
        if everything || profile.signing == nil { try await readTokenInfo(in: files) }
        // Context tags of the choice `CIOChoice`: 8.3. Data and trusted certificates are not needed.
        try await read(0xA0, "PrKDF", of: entries, files, into: \.privateKeys) { object throws(TLVError) in
            try PKCS15PrivateKey(parsing: object, in: directory)
        }
        if everything || privateKeys.contains(where: { $0.object.authenticationID != nil || $0.object.isPrivate }) {
            let problems = unusable.count
            try await read(0xA8, "AODF", of: entries, only: Self.usualObject, files, into: \.pins) { object throws(TLVError) in
                try PKCS15PIN(parsing: object, in: directory)
            }
            if pins.isEmpty, unusable.count == problems { familyPIN = onlyPIN(of: profile) }
        }
        try await read(0xA4, "CDF", of: entries, only: Self.usualObject, files, into: \.certificates) { object throws(TLVError) in
            try PKCS15Certificate(parsing: object, in: directory)
        }
        if everything, privateKeys.contains(where: { key in !certificates.contains { $0.id == key.id } }) {
            try await read(0xA1, "PuKDF", of: entries, files, into: \.publicKeys) { object throws(TLVError) in
                try PKCS15PublicKey(parsing: object)
            }
        }
    }

    /// The family's PIN, for a card whose own files describe none; `nil` where its keys name more than one.
    private func onlyPIN(of profile: CardProfile) -> PINRules? {
        Set(privateKeys.compactMap(\.object.authenticationID)).count == 1 ? profile.pin?.value : nil
    }

    /// The ODF: in the family's directory, in the usual one, and only then where EF.DIR says; ISO/IEC 7816-15, 7.4 and 7.5.
    private static func objectDirectory(
        of profile: CardProfile, in files: PKCS15Files
    ) async throws(CardError) -> (PKCS15Path, [UInt8]) {
        var places = [profile.structure?.value.directory, [0x50, 0x15]].compactMap { $0 }.map { PKCS15Path($0) }
        if places.count == 2, places[0] == places[1] { places.removeLast() }
        var first: CardError?
        for place in places {
            do { return (place, try await files.content(of: odf(in: place), as: .directory)) } catch  where error.concernsOneObject {
                first = first ?? error
            }
        }
        let failure = first ?? CardError(.refused(.fileNotFound), "the object directory (ODF)")
        guard let place = try await named(in: files, for: profile), !places.contains(place) else { throw failure }
        return (place, try await files.content(of: odf(in: place), as: .directory))
    }

    private static func odf(in directory: PKCS15Path) -> PKCS15Path { PKCS15Path(directory.fileIdentifiers + [0x50, 0x31]) }

    /// The directory that EF.DIR names for the application, by either of the standard's names (7.4) or the family's; `nil` where there is
    /// no such file, or no such entry.
    private static func named(in files: PKCS15Files, for profile: CardProfile) async throws(CardError) -> PKCS15Path? {
        do {
            let content = try await files.content(of: PKCS15Path([0x2F, 0x00]), as: .directory)
            for template in (try? TLV.series(parsing: content)) ?? [] where template.tag == 0x61 {
                guard let parts = try? template.children(), let application = parts.first(0x4F), let path = parts.first(0x51),
                    application == CardProfile.pkcs15.applicationID.value || application == profile.applicationID.value
                        || application.starts(with: [0xE8, 0x28, 0xBD, 0x08, 0x0F])
                else { continue }
                return try? PKCS15Path(fileIdentifiers: path, in: PKCS15Path([]))
            }
        } catch  where error.concernsOneObject {
            // EF.DIR is optional.
        }
        return nil
    }

    private mutating func readTokenInfo(in files: PKCS15Files) async throws(CardError) {
        do {
            let content = try await files.content(of: PKCS15Path(directory.fileIdentifiers + tokenInfoFile), as: .object)
            tokenInfo = try parsing("EF.TokenInfo") { () throws(TLVError) in try PKCS15TokenInfo(parsing: content) }
        } catch  where error.concernsOneObject {
            unusable.append(error)
        }
    }

    /// Reads all directory files that the ODF has under `tag` (`PathOrObjects`), and the objects that it holds itself.
    private mutating func read<Object>(
        _ tag: UInt32, _ name: String, of entries: [TLV], only choice: UInt32? = nil, _ files: PKCS15Files,
        into list: WritableKeyPath<Self, [Object]>, _ parse: (TLV) throws(TLVError) -> Object
    ) async throws(CardError) {
        for entry in entries.filter({ $0.tag == tag }).prefix(Self.maximumFiles) {
            do {
                let value = try parsing("the path of \(name)") { () throws(TLVError) in try TLV(parsingFirstOf: entry.value) }
                if value.tag == 0xA0 {
                    try take(value.value, name, only: choice, into: list, parse)
                    continue
                }
                let place = directory
                let path = try parsing("the path of \(name)") { () throws(TLVError) in try PKCS15Path(parsing: value, in: place) }
                try take(try await files.content(of: path, as: .directory), name, only: choice, into: list, parse)
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
    }

    /// Takes the objects of a directory file, as many as there is room for; those that cannot be read land in ``unusable``, and how
    /// many more there are.
    ///
    /// - Parameter choice: the tag of those that are wanted; the others are passed over. `nil` for all.
    private mutating func take<Object>(
        _ content: [UInt8], _ name: String, only choice: UInt32? = nil, into list: WritableKeyPath<Self, [Object]>,
        _ parse: (TLV) throws(TLVError) -> Object
    ) throws(CardError) {
        let all = try parsing(name) { () throws(TLVError) in try TLV.series(parsing: content) }
        let objects = all.filter { choice == nil || $0.tag == choice }
        let room = max(0, Self.maximumObjects - self[keyPath: list].count)
        if objects.count > room {
            let rest = objects.count - room
            unusable.append(
                CardError(.notSupported, "all of \(name)", detail: "\(rest) \(rest == 1 ? "object" : "objects") more were not read"))
        }
        for object in objects.prefix(room) {
            do { self[keyPath: list].append(try parsing("an object of \(name)") { () throws(TLVError) in try parse(object) }) } catch {
                unusable.append(error)
            }
        }
    }

    /// The PIN that guards `key`; `nil` where none does.
    ///
    /// - Throws: ``CardError`` for a PIN that is not on the card, does not travel as text, or travels encrypted.
    func pin(guarding key: PKCS15PrivateKey) throws(CardError) -> CardPIN? {
        guard let id = key.object.authenticationID ?? onlyGuardian(of: key) else { return nil }
        if let familyPIN { return CardPIN(label: "the PIN", role: .user, rules: familyPIN) }
        guard let found = pins.first(where: { $0.authenticationID == id }) else {
            throw CardError(.malformedAnswer, "key \"\(key.label)\"", detail: "its PIN \(id.hexadecimal) is not on the card")
        }
        // Sent as typed it would be another PIN to the card, and cost tries.
        guard found.isText else {
            throw CardError(.notSupported, "key \"\(key.label)\"", detail: "its PIN \(id.hexadecimal) does not travel as text")
        }
        guard !found.needsSecureMessaging else {
            throw CardError(
                .notSupported, "key \"\(key.label)\"", detail: "its PIN \(id.hexadecimal) travels only under secure messaging")
        }
        guard !found.isElsewhere else {
            throw CardError(.notSupported, "key \"\(key.label)\"", detail: "its PIN \(id.hexadecimal) is that of another directory")
        }
        guard !isAmbiguous(found) else {
            throw CardError(
                .notSupported, "key \"\(key.label)\"",
                detail: "the card has two PINs with reference \([found.rules.reference].hexadecimal)")
        }
        return found.pin(among: usablePINs)
    }

    /// The only PIN there is for keys, of a private one that names none: its access control rules (8.2.8) are not read.
    private func onlyGuardian(of key: PKCS15PrivateKey) -> [UInt8]? {
        let guardians = pins.filter { $0.role == .user }
        return key.object.isPrivate && guardians.count == 1 ? guardians.first?.authenticationID : nil
    }

    /// Whether a VERIFY may mean another PIN than this: one with the same reference that belongs to another directory.
    private func isAmbiguous(_ pin: PKCS15PIN) -> Bool {
        pins.contains {
            !$0.isElsewhere && $0.rules.reference == pin.rules.reference
                && ($0.path ?? directory).fileIdentifiers != (pin.path ?? directory).fileIdentifiers
        }
    }

    /// The PINs that a VERIFY within the application's directory means beyond doubt.
    private var usablePINs: [PKCS15PIN] { pins.filter { !$0.isElsewhere && !isAmbiguous($0) } }

    /// Every PIN that travels as text and in the clear, and that a VERIFY within the application's directory means.
    var textPINs: [CardPIN] {
        if let familyPIN { return [CardPIN(label: "the PIN", role: .user, rules: familyPIN)] }
        return usablePINs.filter(\.isSendable).map { $0.pin(among: usablePINs) }
    }
}
