import CardProfiles
import ISO7816
import Secrets

extension PINRules {
    /// The one VERIFY for `pin`, padded as the card wants it.
    ///
    /// - Throws: ``CardError/Code/unsuitablePIN`` before anything is made, when the card cannot have such a PIN.
    func verifyCommand(for pin: consuming SecretBytes, subject: String) throws(CardError) -> SensitiveCommand {
        guard lengths.contains(pin.count), pin.count <= padding?.length ?? pin.count else {
            throw CardError(.unsuitablePIN, subject, detail: "it has \(lengths.lowerBound) to \(lengths.upperBound) characters")
        }
        let suits = pin.withBytes { bytes in
            alphabet == .any
                || bytes.byteOffsets.allSatisfy { (0x30...0x39).contains(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }
        }
        guard suits else { throw CardError(.unsuitablePIN, subject, detail: "it consists of digits") }
        do {
            if let padding {
                try pin.append(contentsOf: repeatElement(padding.byte, count: padding.length - pin.count))
            }
            return try SensitiveCommand.making(instruction: 0x20, p2: reference, body: pin)
        } catch {
            throw CardError(.notSupported, subject, detail: "memory for a PIN was refused")
        }
    }
}
