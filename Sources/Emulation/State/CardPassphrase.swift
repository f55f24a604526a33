public import Secrets

/// What a card's file is sealed under: any bytes, as long as nobody guesses them.
public final class CardPassphrase: Sendable {
    let bytes: SecretBytes

    /// Takes the bytes over; they are wiped with the value.
    public init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// A seal for a new file, under a salt of its own.
    func freshSeal() throws(CardStateError) -> CardStateSeal {
        do throws(CardStateSeal.Failure) {
            return try CardStateSeal.fresh(from: bytes)
        } catch {
            throw .notSealable("the library refuses")
        }
    }
}
