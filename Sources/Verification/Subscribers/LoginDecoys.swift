import Crypto
import DeviceProtocol
import Foundation
import ScanChallenge

/// Challenges for people who are not there, which nobody can tell from real ones.
///
/// Device key, key id and sealing key are drawn from the server's key and what was typed, so that the visible part of the QR code
/// (its key id) is the same each time, as a real device's is.
struct LoginDecoys: Sendable {
    let key: SymmetricKey

    /// What somebody with this product would be shown.
    ///
    /// - Parameter seen: the key id of a device that somebody does have, though it answers nothing now.
    func presentation(
        of challenge: Challenge, to user: String, as profile: ProductProfile, issuer: ScanIssuer?, showing seen: [UInt8]? = nil
    ) throws(SubscriberError) -> Presentation {
        switch profile.method {
        case .timedCode, .countedCode: return .nothing
        case .signature: return .plain(challenge)
        case .scanCode: break
        }
        guard let issuer else { throw .verification(.noIssuer) }
        do throws(ScanError) {
            let device: Curve25519.KeyAgreement.PrivateKey
            do { device = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: bytes("device", 32, user, profile.id)) } catch {
                throw ScanError.unusableKey("a decoy's key cannot be made")
            }
            let id = try ScanKeyID(seen ?? Array(bytes("key-id", ScanKeyID.byteCount, user, profile.id)))
            let sealing = try ScanSealingKey(id: id, presharedKey: SymmetricKey(data: bytes("psk", 32, user, profile.id)))
            var place = ScanSealing(device: device.publicKey, key: sealing)
            return .sealed(try place.seal(challenge, issuer: issuer))
        } catch { throw .verification(.scan(error)) }
    }

    private func bytes(_ label: String, _ count: Int, _ user: String, _ product: ProductProfile.ID) -> Data {
        let info = ["tessera/decoy/1", label, product.rawValue, user].lengthPrefixed
        return unsafe HKDF<SHA256>.deriveKey(inputKeyMaterial: key, salt: Data(), info: info, outputByteCount: count)
            .withUnsafeBytes { unsafe Data($0) }
    }
}
