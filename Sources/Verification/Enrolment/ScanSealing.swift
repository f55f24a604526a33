public import Crypto
import DeviceProtocol
import Foundation
public import ScanChallenge

/// What challenges for one Scan or phone are sealed with, and which place in their order comes next.
///
/// It holds no OCRA key: who seals cannot answer.
public struct ScanSealing: Equatable, Sendable, Codable {
    /// The device's X25519 key (RFC 7748), 32 bytes.
    private let deviceKey: Data
    /// The name of the pre-shared key, 8 bytes.
    let keyID: [UInt8]
    /// HPKE's pre-shared key (RFC 9180), 32 bytes.
    private let presharedKey: KeyMaterial
    /// The place of the next challenge, 6 bytes; `nil` when all are spent.
    private var nextPlace: [UInt8]?

    /// Takes the sealer's part of the keys; the first challenge takes `first`.
    ///
    /// - Parameters:
    ///   - device: the device's key, from its factory record.
    ///   - key: the enrolment's sealing key.
    ///   - first: the first place, in a higher epoch after a store was restored.
    public init(
        device: Curve25519.KeyAgreement.PublicKey, key: ScanSealingKey, first: ScanSequence = ScanSequence(epoch: 1, counter: 1)
    ) {
        deviceKey = device.rawRepresentation
        keyID = key.id.bytes
        presharedKey = KeyMaterial(key.presharedKey)
        nextPlace = first.bytes
    }

    /// The place of the next challenge; `nil` when all are spent.
    public var next: ScanSequence? { nextPlace.flatMap { ScanSequence(bytes: $0) } }

    /// Goes on in an epoch, unless it is there already or all places are spent.
    mutating func begin(_ epoch: UInt16) {
        guard let place = next, place.epoch < epoch else { return }
        nextPlace = ScanSequence(epoch: epoch, counter: 1).bytes
    }

    /// Seals a challenge in the next place, and spends that place.
    ///
    /// - Throws: ``ScanChallenge/ScanError``; the place is spent all the same only when this value is kept.
    mutating func seal(_ challenge: Challenge, issuer: ScanIssuer) throws(ScanError) -> String {
        guard let place = next else { throw .unusableKey("all places in the order are spent") }
        let device: Curve25519.KeyAgreement.PublicKey
        do { device = try Curve25519.KeyAgreement.PublicKey(rawRepresentation: deviceKey) } catch {
            throw .unusableKey("the device's key is damaged")
        }
        let key = try ScanSealingKey(id: ScanKeyID(keyID), presharedKey: presharedKey.key)
        let text = try ScanSeal.seal(ScanPayload(sequence: place, challenge: challenge), to: device, keys: key, issuer: issuer)
        nextPlace = place.next()?.bytes
        return text
    }
}
