public import Foundation

/// What a verified response leaves behind.
public struct Evidence: Hashable, Sendable, Codable {
    /// What ties the answer to what was agreed.
    public enum Binding: String, Sendable, Codable {
        /// The answer itself depends on the content: any change makes it wrong (RTS Art. 5).
        case content
        /// Only the server's record ties them: a time-based code. RTS Art. 5 is not met.
        case operation
    }

    /// Which operation, by its challenge's id in hexadecimal digits.
    public let operation: String
    /// Who.
    public let subscriber: String
    /// With which device.
    public let device: DeviceID
    /// What kind of device.
    public let kind: DeviceKind
    /// What was shown.
    public let shown: Summary
    /// SHA-256 over the canonical DER of the challenge, in lower-case hexadecimal digits.
    public let challengeDigest: String
    /// What was answered: the signature in Base64, or a mark of the code, never the code itself.
    ///
    /// The mark is HMAC-SHA256 (RFC 2104) under the enrolment's key, in lower-case hexadecimal digits, over `tessera/evidence/1`, the
    /// challenge's id and the code, each behind its length in four bytes, most significant first. A hash without a key would give
    /// the code away to whoever tries all that a few digits can be.
    public let answer: String
    /// When it was accepted.
    public let acceptedAt: Date
    /// What ties answer and content together.
    public let binding: Binding
    /// Whether the device was a program.
    public let isEmulated: Bool

    /// Evidence of checked parts.
    public init(
        operation: String, subscriber: String, device: DeviceID, kind: DeviceKind, shown: Summary, challengeDigest: String, answer: String,
        acceptedAt: Date, binding: Binding, isEmulated: Bool
    ) {
        self.operation = operation
        self.subscriber = subscriber
        self.device = device
        self.kind = kind
        self.shown = shown
        self.challengeDigest = challengeDigest
        self.answer = answer
        self.acceptedAt = acceptedAt
        self.binding = binding
        self.isEmulated = isEmulated
    }
}
