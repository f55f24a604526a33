import HTTPTypes

extension HTTPField.Name {
    /// The version of the protocol, in requests and answers.
    static let tesseraVersion = literal("Tessera-Version")
    /// Whose page asks (RFC 6454, section 7).
    static let origin = literal("Origin")

    /// A name that is known to be a token (RFC 9110, 5.6.2); the fallback is for the compiler alone.
    private static func literal(_ name: String) -> HTTPField.Name { HTTPField.Name(name) ?? .via }
}
