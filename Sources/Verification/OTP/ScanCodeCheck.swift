import DeviceProtocol
import ScanChallenge
import Secrets

extension KeyMaterial {
    /// Whether `code` is what `device` shows for `challenge`, with this as its OCRA key.
    ///
    /// The expected code is computed for the comparison and never kept.
    func answers(_ code: String, to challenge: Challenge, by device: DeviceID, as kind: AnswerKind) -> Bool {
        guard let expected = try? ScanCode.compute(ocraKey: key, challenge: challenge, device: device, kind: kind) else { return false }
        return constantTimeEquals(Array(code.utf8), Array(expected.utf8))
    }
}
