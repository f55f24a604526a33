public import DeviceProtocol
import SwiftASN1

/// What is inside a sealed challenge: the challenge, and where it stands in the order.
public struct ScanPayload: Hashable, Sendable {
    /// Where it stands in the order of this device's challenges.
    public let sequence: ScanSequence
    /// What is asked.
    public let challenge: Challenge

    /// The canonical DER (X.690, 10 and 11).
    ///
    ///     ScanPayload ::= SEQUENCE {
    ///         sequence   OCTET STRING (SIZE (6)),  -- epoch (2), counter (4)
    ///         challenge  Challenge }
    public let der: [UInt8]

    /// A payload.
    ///
    /// - Throws: ``ScanError/invalidContent(_:)`` for what cannot be written.
    public init(sequence: ScanSequence, challenge: Challenge) throws(ScanError) {
        var serializer = DER.Serializer()
        do {
            try serializer.appendConstructedNode(identifier: .sequence) { body in
                try body.serialize(ASN1OctetString(contentBytes: sequence.bytes[...]))
                body.serializeRawBytes(challenge.der)
            }
        } catch { throw .invalidContent(.notCanonical("it cannot be written: \(error)")) }
        self.sequence = sequence
        self.challenge = challenge
        der = serializer.serializedBytes
    }

    /// Reads a payload; what would be written differently is refused.
    ///
    /// - Throws: ``ScanError/invalidContent(_:)``.
    public init(der bytes: [UInt8]) throws(ScanError) {
        do {
            self = try DER.sequence(try DER.parse(bytes), identifier: .sequence) { nodes in
                guard let sequence = ScanSequence(bytes: try ASN1OctetString(derEncoded: &nodes).bytes) else {
                    throw ContentError.notCanonical("a sequence has 6 bytes")
                }
                guard let challenge = nodes.next() else { throw ContentError.notCanonical("no challenge") }
                return try ScanPayload(sequence: sequence, challenge: try Challenge(der: Array(challenge.encodedBytes)))
            }
        } catch let error as ScanError {
            throw error
        } catch let error as ContentError {
            throw .invalidContent(error)
        } catch {
            throw .invalidContent(.notCanonical("\(error)"))
        }
        guard der == bytes else { throw .invalidContent(.notCanonical("the same content is written differently")) }
    }
}
