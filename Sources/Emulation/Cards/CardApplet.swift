public import ISO7816

/// An application on an emulated card, as the card's dispatcher sees it.
///
/// Transport (chaining, GET RESPONSE, classes) is behind it: it receives whole commands and returns whole answers.
public protocol CardApplet: Sendable {
    /// The application identifiers (AID) that SELECT finds it by, in the order of their occurrence; ISO/IEC 7816-4, 8.2.1.2.
    ///
    /// They stay what they are: the card asks once.
    var names: [[UInt8]] { get }

    /// Answers a SELECT by one of its names: with the application's template, as a rule.
    ///
    /// The data field has the whole name, though the host may have cut it short on the right.
    /// It is called again when the selected application is selected once more; only ``deselect()`` ends its logins.
    mutating func select(_ command: CommandAPDU) -> ResponseAPDU

    /// Forgets every login: another application was selected, or the card was reset.
    mutating func deselect()

    /// Answers one command; SELECT by name never arrives here.
    mutating func process(_ command: CommandAPDU) -> ResponseAPDU

    /// Whether data goes out over T=1 even to a command that asks for none (no Le), as YubiKeys do; `false` unless said.
    var answersUnasked: Bool { get }
}

extension CardApplet {
    /// Without Le there is no data; ISO/IEC 7816-4, 5.1.
    public var answersUnasked: Bool { false }
}

extension ResponseAPDU {
    /// An answer without data.
    static func status(_ status: StatusWord) -> ResponseAPDU { ResponseAPDU(status: status) }
    /// An answer that worked.
    static func success(_ data: [UInt8]) -> ResponseAPDU { ResponseAPDU(data: data, status: .success) }
}
