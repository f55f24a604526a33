import Crypto
import ScanChallenge

extension RandomNumberGenerator {
    /// Draws bytes.
    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}

extension SymmetricKey {
    /// Draws a key.
    static func random(bytes count: Int, using generator: inout some RandomNumberGenerator) -> SymmetricKey {
        SymmetricKey(data: generator.bytes(count))
    }
}

extension Curve25519.KeyAgreement.PrivateKey {
    /// Draws a key; any 32 bytes are one (RFC 7748, 5).
    static func random(using generator: inout some RandomNumberGenerator) throws(ScanError) -> Self {
        do {
            return try Self(rawRepresentation: generator.bytes(32))
        } catch {
            throw .unusableKey("\(error)")
        }
    }
}
