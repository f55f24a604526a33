public import DeviceProtocol
import SwiftASN1

/// What is inside a sealed challenge: the challenge, and where it stands in the order.
public struct ScanPayload: Hashable, Sendable {
    /// Where it stands in the order of this device's challenges.
    public let sequence: ScanSequence
    /// What is asked.
    public let challenge: Challenge

    /// A payload.
    public init(sequence: ScanSequence, challenge: Challenge) {
        self.sequence = sequence
        self.challenge = challenge
    }

    /// The canonical DER (X.690, 10 and 11).
    ///
    ///     ScanPayload ::= SEQUENCE {
    ///         sequence   OCTET STRING (SIZE (6)),  -- epoch (2), counter (4)
    ///         challenge  Challenge }
    public var der: [UInt8] {
        // The serializer fails on nothing that these types can hold.
        var serializer = DER.Serializer()
        try? serializer.appendConstructedNode(identifier: .sequence) { body in
            try body.serialize(ASN1OctetString(contentBytes: sequence.bytes[...]))
            body.serializeRawBytes(challenge.der)
        }
        return serializer.serializedBytes
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
                return ScanPayload(sequence: sequence, challenge: try Challenge(der: Array(challenge.encodedBytes)))
            }
        } catch let error as ContentError {
            throw .invalidContent(error)
        } catch {
            throw .invalidContent(.notCanonical("\(error)"))
        }
        guard der == bytes else { throw .invalidContent(.notCanonical("the same content is written differently")) }
    }
}
