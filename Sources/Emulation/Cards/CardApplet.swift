public import ISO7816

/// An application on an emulated card, as the card's dispatcher sees it.
///
/// Transport (chaining, GET RESPONSE, classes) is behind it: it receives whole commands and returns whole answers.
public protocol CardApplet: Sendable {
    /// The application identifier (AID), 5 to 16 bytes; ISO/IEC 7816-4, 8.2.1.2.
    var identifier: [UInt8] { get }

    /// Answers a SELECT by name: with the application's template, as a rule.
    ///
    /// It is called again when the selected application is selected once more; only ``deselect()`` ends its logins.
    mutating func select() -> ResponseAPDU

    /// Forgets every login: another application was selected, or the card was reset.
    mutating func deselect()

    /// Answers one command; SELECT by name never arrives here.
    mutating func process(_ command: CommandAPDU) -> ResponseAPDU
}

extension ResponseAPDU {
    /// An answer without data.
    static func status(_ status: StatusWord) -> ResponseAPDU { ResponseAPDU(status: status) }
    /// An answer that worked.
    static func success(_ data: [UInt8]) -> ResponseAPDU { ResponseAPDU(data: data, status: .success) }
}
