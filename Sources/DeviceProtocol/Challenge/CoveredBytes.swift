import Crypto

/// The kinds of answer, each with a tag of its own, so that no answer of one kind can pass for another.
public enum AnswerKind: String, Sendable, CaseIterable {
    /// A Scan's code.
    case scan = "tessera/scan/1"
    /// A phone's code or signature.
    case mobile = "tessera/mobile/1"
    /// A signature by the chip of a card, stick or identity card.
    case card = "tessera/card/1"
}

extension Challenge {
    /// The bytes that an answer of `device` covers: domain tag, device id and canonical DER.
    ///
    /// Each part stands behind its length in four bytes, most significant first. A card signs these bytes; they are
    /// hashed by the device adapter, so that nobody can hand over a hash of something else.
    public func coveredBytes(as kind: AnswerKind, by device: DeviceID) -> [UInt8] {
        [Array(kind.rawValue.utf8), Array(device.rawValue.utf8), der].lengthPrefixed
    }

    /// Whether bytes begin as those that an answer covers do.
    ///
    /// Whoever signs anything else with the same key refuses them.
    public static func resemblesCoveredBytes(_ bytes: [UInt8]) -> Bool {
        AnswerKind.allCases.contains { bytes.starts(with: [$0.rawValue].lengthPrefixed) }
    }

    /// SHA-256 (FIPS 180-4) over ``coveredBytes(as:by:)``, 32 bytes: the question that a Scan or phone answers.
    public func digest(as kind: AnswerKind, by device: DeviceID) -> [UInt8] {
        Array(SHA256.hash(data: coveredBytes(as: kind, by: device)))
    }
}
