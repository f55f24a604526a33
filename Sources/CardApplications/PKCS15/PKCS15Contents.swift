import ISO7816

/// What the files of a PKCS#15 application say, as far as signing needs it; ISO/IEC 7816-15, 7.
struct PKCS15Contents {
    /// The most directory files of one kind, and the most objects of one file, that are looked at.
    static let maximumObjects = 16

    /// Who made the card, from TokenInfo; `nil` where it does not say.
    private(set) var manufacturer: String?
    private(set) var pins: [PKCS15PIN] = []
    private(set) var privateKeys: [PKCS15PrivateKey] = []
    private(set) var certificates: [PKCS15Certificate] = []
    /// Objects that could not be read, and why.
    private(set) var unusable: [CardError] = []

    /// Reads EF.DIR, EF.ODF, EF.TokenInfo and the directory files that the ODF names.
    ///
    /// - Throws: ``CardError`` when the ODF cannot be read; what is broken behind it lands in ``unusable``.
    init(of application: [UInt8], in files: PKCS15Files) async throws(CardError) {
        let directory = try await Self.directory(of: application, in: files)
        let odfPath = PKCS15Path(directory.fileIdentifiers + [0x50, 0x31])
        let odf = try await files.content(of: odfPath, isDirectory: true)
        let entries = try parsing("the object directory (ODF)") { () throws(TLVError) in try TLV.series(parsing: odf) }

        let infoPath = PKCS15Path(directory.fileIdentifiers + [0x50, 0x32])
        do {
            let info = try await files.content(of: infoPath)
            manufacturer = (try? TLV(parsingFirstOf: info).children())?.first(0x0C).map { String(decoding: $0, as: UTF8.self) }
        } catch  where error.concernsOneObject {
            unusable.append(error)
        }
        // Context tags of the choice `CIOChoice`: 8.3. Public keys, data and trusted certificates are not needed.
        for object in try await objects(0xA8, "AODF", of: entries, directory, files) {
            keep("a PIN", in: \.pins) { () throws(TLVError) in try PKCS15PIN(parsing: object) }
        }
        for object in try await objects(0xA0, "PrKDF", of: entries, directory, files) {
            keep("a private key", in: \.privateKeys) { () throws(TLVError) in try PKCS15PrivateKey(parsing: object, in: directory) }
        }
        for object in try await objects(0xA4, "CDF", of: entries, directory, files) {
            keep("a certificate", in: \.certificates) { () throws(TLVError) in try PKCS15Certificate(parsing: object, in: directory) }
        }
    }

    /// The directory that EF.DIR names for `application`, or the usual `5015`; ISO/IEC 7816-15, 7.4 and 7.5.
    private static func directory(of application: [UInt8], in files: PKCS15Files) async throws(CardError) -> PKCS15Path {
        let usual = PKCS15Path([0x50, 0x15])
        do {
            let content = try await files.content(of: PKCS15Path([0x2F, 0x00]), isDirectory: true)
            for template in (try? TLV.series(parsing: content)) ?? [] where template.tag == 0x61 {
                guard let parts = try? template.children(), parts.first(0x4F) == application, let path = parts.first(0x51) else { continue }
                return (try? PKCS15Path(fileIdentifiers: path, in: PKCS15Path([]))) ?? usual
            }
        } catch  where error.concernsOneObject {
            // EF.DIR is optional.
        }
        return usual
    }

    /// The objects of all directory files that the ODF has under `tag`.
    private mutating func objects(
        _ tag: UInt32, _ name: String, of entries: [TLV], _ directory: PKCS15Path, _ files: PKCS15Files
    ) async throws(CardError) -> [TLV] {
        var objects: [TLV] = []
        for entry in entries.filter({ $0.tag == tag }).prefix(Self.maximumObjects) {
            do {
                let path = try parsing("the path of \(name)") { () throws(TLVError) in
                    try PKCS15Path(parsing: try TLV(parsingFirstOf: entry.value), in: directory)
                }
                let content = try await files.content(of: path, isDirectory: true)
                objects += try parsing(name) { () throws(TLVError) in try TLV.series(parsing: content) }
            } catch  where error.concernsOneObject {
                unusable.append(error)
            }
        }
        return Array(objects.prefix(Self.maximumObjects))
    }

    private mutating func keep<Object>(
        _ subject: String, in list: WritableKeyPath<Self, [Object]>, _ parse: () throws(TLVError) -> Object
    ) {
        do { self[keyPath: list].append(try parsing(subject, parse)) } catch { unusable.append(error) }
    }
}
