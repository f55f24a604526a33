public import Crypto
public import DeviceProtocol
import OATH

/// The eight digits that a Scan or phone shows for a challenge.
///
/// OCRA's plain signature (RFC 6287, 7.3) with the suite `OCRA-1:HOTP-SHA256-8:QH64`; the question is
/// ``DeviceProtocol/Challenge/digest(as:by:)``, so any change of the content changes the code.
public enum ScanCode {
    /// The number of digits.
    public static let digits = 8

    /// Computes the code of a challenge, on the device or when it is verified.
    ///
    /// Compare codes in constant time, and never store one.
    ///
    /// - Parameters:
    ///   - ocraKey: the enrolment's key, 32 bytes.
    ///   - challenge: what was shown.
    ///   - device: the device that answers.
    ///   - kind: ``AnswerKind/scan`` or ``AnswerKind/mobile``.
    /// - Throws: ``ScanError/unusableKey(_:)`` for an empty key.
    public static func compute(
        ocraKey: SymmetricKey, challenge: Challenge, device: DeviceID, kind: AnswerKind = .scan
    ) throws(ScanError) -> String {
        do {
            return try OCRA(suite: .sha256Digits8Hexadecimal64, key: ocraKey).code(question: challenge.digest(as: kind, by: device))
        } catch {
            throw .unusableKey("\(error)")
        }
    }
}
