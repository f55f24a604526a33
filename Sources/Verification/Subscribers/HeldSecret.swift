public import Secrets

/// A secret that a task and a thread look at; wiped with its last user.
public final class HeldSecret: Sendable {
    let bytes: SecretBytes

    /// Takes the bytes.
    public init(_ bytes: consuming SecretBytes) { self.bytes = bytes }

    /// The text, for a letter to the person or the screen of a clerk, and for nothing else.
    public func reveal() -> String {
        bytes.withBytes { bytes in unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }
    }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Whether both are the same, compared in constant time.
    func equals(_ other: HeldSecret) -> Bool { constantTimeEquals(bytes, other.bytes) }

    /// The text in the form in which passwords and codes are hashed.
    func normalised() throws(SubscriberError) -> HeldSecret {
        do { return HeldSecret(try bytes.normalised()) } catch { throw .noMemory }
    }

    /// The text in the form in which answers to questions are hashed.
    func normalisedAnswer() throws(SubscriberError) -> HeldSecret {
        do { return HeldSecret(try bytes.normalisedAnswer()) } catch { throw .noMemory }
    }

    /// Draws so many digits.
    static func digits(_ count: Int, using generator: inout some RandomNumberGenerator) throws(SubscriberError) -> HeldSecret {
        try drawing((0..<count).map { _ in "0123456789" }, using: &generator)
    }

    /// Draws ten characters of all classes, none of which is taken for another on paper: 55 bits.
    static func password(using generator: inout some RandomNumberGenerator) throws(SubscriberError) -> HeldSecret {
        let (capitals, small, digits, special) = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnpqrstuvwxyz", "23456789", "+-*/=?!%")
        var alphabets = [capitals, small, digits, special] + (0..<6).map { _ in capitals + small + digits }
        alphabets.shuffle(using: &generator)
        return try drawing(alphabets, using: &generator)
    }

    private static func drawing(_ alphabets: [String], using generator: inout some RandomNumberGenerator) throws(SubscriberError)
        -> HeldSecret
    {
        do {
            var bytes = try SecretBytes()
            for alphabet in alphabets { if let one = alphabet.utf8.randomElement(using: &generator) { try bytes.append(one) } }
            return HeldSecret(bytes)
        } catch { throw .noMemory }
    }
}
