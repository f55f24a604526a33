/// How a card with a file system wants to be asked for a signature: MANAGE SECURITY ENVIRONMENT, then PERFORM SECURITY OPERATION.
///
/// ISO/IEC 7816-4, 11.5.11, and ISO/IEC 7816-8 define the commands; the algorithm references (tag `80`) and the data objects
/// are left to each card.
public struct SigningDialect: Hashable, Sendable {
    /// What an algorithm reference stands for.
    public enum Scheme: Hashable, Sendable, CaseIterable {
        /// RSA with PKCS#1 v1.5 padding on the card, over a DigestInfo from the host.
        case rsaDigestInfo
        /// RSA with PKCS#1 v1.5; the card writes the DigestInfo around a SHA-1 digest.
        case rsaSHA1
        /// The same around a SHA-256 digest.
        case rsaSHA256
        /// The same around a SHA-384 digest.
        case rsaSHA384
        /// ECDSA over a digest from the host.
        case ecdsa
        /// ECDSA over data from the host, which the card hashes with SHA-1 whatever they are.
        case ecdsaSHA1
    }

    /// How the card is told which key is meant.
    public enum Addressing: Hashable, Sendable {
        /// The key has a file of its own: it is selected first, its identifier is named, and the key reference is always 00.
        case keyFile
        /// The key has a file of its own, and naming its identifier is enough while its directory is selected.
        case keyFileIdentifier
        /// The keys have no files: the card's PrKDF gives their numbers.
        case keyReference
    }

    /// The algorithm references that the card is known to take.
    public let algorithms: [Scheme: UInt8]
    /// How the key is named.
    public let addressing: Addressing
    /// MANAGE SECURITY ENVIRONMENT: SET.
    public let environment: CommandTemplate
    /// PERFORM SECURITY OPERATION: HASH, where the digest goes first and alone; `nil` where it goes with the signature.
    public let hash: CommandTemplate?
    /// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE.
    public let signature: CommandTemplate
    /// The most bytes that the card signs.
    public let maximumInput: Int

    /// A card's way of signing.
    public init(
        _ algorithms: [Scheme: UInt8], addressing: Addressing, environment: CommandTemplate, hash: CommandTemplate? = nil,
        signature: CommandTemplate, maximumInput: Int = 255
    ) {
        self.algorithms = algorithms
        self.addressing = addressing
        self.environment = environment
        self.hash = hash
        self.signature = signature
        self.maximumInput = maximumInput
    }

    /// One step, with the key's file, or the directory of all keys, named beside its reference: MyEID, IsoApplet.
    public init(rsaPKCS1: UInt8?, ecdsa: UInt8?, ecdsaSHA1: UInt8? = nil, addressing: Addressing) {
        var algorithms: [Scheme: UInt8] = [:]
        algorithms[.rsaDigestInfo] = rsaPKCS1
        algorithms[.ecdsa] = ecdsa
        algorithms[.ecdsaSHA1] = ecdsaSHA1
        self.init(
            algorithms, addressing: addressing,
            environment: CommandTemplate(
                [0x00, 0x22, 0x41, 0xB6],
                [.object(0x80, [.algorithm]), .object(0x81, [.fileIdentifier]), .object(0x84, [.reference])]),
            signature: .signDirectly)
    }

    /// The algorithm reference of RSA over a DigestInfo from the host; `nil` where the card makes its own.
    public var rsaPKCS1: UInt8? { algorithms[.rsaDigestInfo] }
    /// The algorithm reference of ECDSA over a digest from the host; `nil` where the card insists on hashing by itself.
    public var ecdsa: UInt8? { algorithms[.ecdsa] }
}

extension CommandTemplate {
    /// MANAGE SECURITY ENVIRONMENT: SET of a digital signature template, naming algorithm and key.
    public static let setSignatureEnvironment = CommandTemplate(
        [0x00, 0x22, 0x41, 0xB6], [.object(0x80, [.algorithm]), .object(0x84, [.reference])])
    /// PERFORM SECURITY OPERATION: HASH with a digest made by the host; ISO/IEC 7816-8, 11.8.
    public static let handOverDigest = CommandTemplate([0x00, 0x2A, 0x90, 0xA0], [.object(0x90, [.input])])
    /// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE over what the card was handed before; ISO/IEC 7816-8, 11.6.
    public static let signHandedOver = CommandTemplate([0x00, 0x2A, 0x9E, 0x9A], hasAnswer: true)
    /// PERFORM SECURITY OPERATION: COMPUTE DIGITAL SIGNATURE with its input; ISO/IEC 7816-8, 11.6.
    public static let signDirectly = CommandTemplate([0x00, 0x2A, 0x9E, 0x9A], [.input], hasAnswer: true)
}
