import Crypto
import DeviceProtocol
import Foundation

extension KeyMaterial {
    /// What evidence keeps of a code that was accepted: HMAC-SHA256 (RFC 2104) over tag, challenge's id and code, under this key.
    ///
    /// Without the key nobody finds the code by trying all there are; with it, whoever is told a code can compare.
    func mark(of code: String, for id: ChallengeID) -> String {
        let parts = [Array("tessera/evidence/1".utf8), id.bytes, Array(code.utf8)].flatMap(\.lengthPrefixed)
        return HMAC<SHA256>.authenticationCode(for: parts, using: key).lowercaseHexadecimal
    }
}
