public import Crypto
import Foundation

/// Codes that answer a question (RFC 6287).
///
/// A code is a string of decimal digits, leading zeros included; with a suite of 0 digits it is the whole HMAC in
/// lowercase hexadecimal. Compare codes in constant time.
public struct OCRA: Sendable {
    private let hash: KeyedHash
    /// Which algorithm and which inputs make a code.
    public let suite: OCRASuite

    /// Codes from `key`, as `suite` says.
    ///
    /// - Parameter key: as long as the suite's hash, by RFC 6287, 5.1; only an empty key is refused.
    /// - Throws: ``OATHError/emptyKey``.
    public init(suite: OCRASuite, key: SymmetricKey) throws(OATHError) {
        guard key.bitCount > 0 else { throw .emptyKey }
        self.suite = suite
        hash = KeyedHash(suite.algorithm, key: key)
    }

    /// The answer to a question, over all inputs that the suite names and no others.
    ///
    /// Shorter hexadecimal questions are padded with zeros on the right, so that `AB` and `AB00` have one answer: whoever
    /// asks keeps to one length.
    ///
    /// - Parameters:
    ///   - question: in the suite's format, from 1 character to its length; RFC 6287, 5.1 (Q).
    ///   - ownQuestion: in mutual challenge-response, the question that the answering side has put itself: the client's is
    ///     QC for itself and the question for the server (7.2).
    ///   - counter: C, when the suite has it.
    ///   - pinHash: the PIN's or password's hash (P), by the suite's hash function.
    ///   - session: session data (S), at most as long as the suite says; padded with zeros on the left.
    ///   - timeStep: T, from ``OCRASuite/step(at:)``.
    /// - Throws: ``OATHError`` when an input is missing, not covered by the suite, too long or of another format.
    public func code(
        question: String, ownQuestion: String? = nil, counter: UInt64? = nil, pinHash: (any Digest)? = nil, session: [UInt8]? = nil,
        timeStep: UInt64? = nil
    ) throws(OATHError) -> String {
        let bytes = try suite.bytes(of: question, ownQuestion: ownQuestion)
        return try code(questionBytes: bytes, counter: counter, pinHash: pinHash, session: session, timeStep: timeStep)
    }

    /// The answer to a question of bytes, in a suite whose questions are hexadecimal.
    ///
    /// For a hash that is signed (RFC 6287, 7.3): 32 bytes fill `QH64`.
    ///
    /// - Throws: ``OATHError/questionNotHexadecimal(_:)``, and as ``code(question:ownQuestion:counter:pinHash:session:timeStep:)``.
    public func code(
        question: some Sequence<UInt8>, counter: UInt64? = nil, pinHash: (any Digest)? = nil, session: [UInt8]? = nil,
        timeStep: UInt64? = nil
    ) throws(OATHError) -> String {
        guard suite.questionFormat == .hexadecimal else { throw .questionNotHexadecimal(suite.questionFormat) }
        let bytes = try suite.bytes(ofHexadecimal: Array(question))
        return try code(questionBytes: bytes, counter: counter, pinHash: pinHash, session: session, timeStep: timeStep)
    }

    /// - Parameter questionBytes: Q as it goes in, 128 bytes.
    private func code(
        questionBytes: [UInt8], counter: UInt64?, pinHash: (any Digest)?, session: [UInt8]?, timeStep: UInt64?
    ) throws(OATHError) -> String {
        try require(counter != nil, suite.hasCounter, .counter)
        try require(pinHash != nil, suite.pinHash != nil, .pinHash)
        try require(session != nil, suite.sessionLength != nil, .session)
        try require(timeStep != nil, suite.timeSteps != nil, .timeStep)

        var parts: [any ContiguousBytes] = [Array(suite.text.utf8) + [0]]
        if let counter { parts.append(counter.bigEndianBytes) }
        parts.append(questionBytes)
        if let pinHash, let algorithm = suite.pinHash {
            let count = type(of: pinHash).byteCount
            guard count == algorithm.byteCount else { throw .pinHashLength(count, expected: algorithm.byteCount) }
            parts.append(pinHash)
        }
        if let session, let length = suite.sessionLength {
            guard session.count <= length else { throw .sessionLength(session.count, maximum: length) }
            parts.append(Array(repeating: 0, count: length - session.count) + session)
        }
        if let timeStep { parts.append(timeStep.bigEndianBytes) }

        let mac = hash.authenticationCode(over: parts)
        guard suite.digits > 0 else { return mac.lowercaseHexadecimal }
        return DynamicTruncation.code(from: mac, digits: suite.digits)
    }

    private func require(_ given: Bool, _ wanted: Bool, _ input: OCRAInput) throws(OATHError) {
        if wanted, !given { throw .missingInput(input) }
        if given, !wanted { throw .unexpectedInput(input) }
    }
}

extension Sequence<UInt8> {
    /// Two lowercase hexadecimal digits a byte.
    var lowercaseHexadecimal: String {
        map { String($0 >> 4, radix: 16) + String($0 & 0x0F, radix: 16) }.joined()
    }
}
