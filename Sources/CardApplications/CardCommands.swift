public import ISO7816

// The commands of ISO/IEC 7816-4 that more than one application sends, spelled once.

extension CardChannel {
    /// SELECT by application identifier; ISO/IEC 7816-4, 11.2.2.
    func select(application: [UInt8], within budget: TimeBudget) async throws(CardError) -> ResponseAPDU {
        try await send(CommandAPDU(instruction: 0xA4, p1: 0x04, p2: 0x00, data: application, expectedLength: 256), within: budget)
    }

    /// SELECT of an application that is known already: nothing of the answer is wanted.
    ///
    /// Over T=0 it is then not fetched: `61xx` says that it waits, and that the application is selected.
    ///
    /// - Throws: ``CardError/Code/refused(_:)`` when the card does not take it.
    func reselect(application: [UInt8], named subject: String) async throws(CardError) {
        guard atr.protocols == [0] else {
            _ = try await select(application: application, within: TimeBudget(.seconds(60))).orRefused(subject)
            return
        }
        try await selectUnanswered(CommandAPDU(instruction: 0xA4, p1: 0x04, p2: 0x00, data: application), subject)
    }

    /// SELECT over T=0 whose answer is not fetched: `61xx` says that one waits, which is success.
    ///
    /// - Throws: ``CardError/Code/refused(_:)`` when the card does not take it.
    func selectUnanswered(_ command: CommandAPDU, _ subject: String) async throws(CardError) {
        guard let encoded = try? command.encoded() else { throw CardError(.notSupported, subject) }
        let bytes = try await transmit(encoded)
        guard let answer = try? ResponseAPDU(parsing: bytes) else { throw CardError(.malformedAnswer, subject) }
        guard answer.status == .success || StatusWord.moreData ~= answer.status else { throw CardError(.refused(answer.status), subject) }
    }

    /// VERIFY without data: asks, and costs nothing; ISO/IEC 7816-4, 11.5.6.
    func statusOfPIN(reference: UInt8) async throws(CardError) -> StatusWord {
        try await send(CommandAPDU(instruction: 0x20, p2: reference)).status
    }
}

extension ResponseAPDU {
    /// The data of an answer that must be a success.
    func orRefused(_ subject: String) throws(CardError) -> [UInt8] {
        guard status == .success else { throw CardError(.refused(status), subject) }
        return data
    }
}

extension CardError {
    /// Whether it speaks of one object on the card, while card and channel go on: the rest can still be read.
    public var concernsOneObject: Bool {
        switch code {
        case .refused, .malformedAnswer, .notSupported: true
        default: false
        }
    }
}

/// Reads data objects out of a card's answer, and names the answer when it is not what it should be.
func parsing<Value>(_ subject: String, _ body: () throws(TLVError) -> Value) throws(CardError) -> Value {
    do { return try body() } catch {
        switch error {
        case .malformed: throw CardError(.malformedAnswer, subject)
        case .missing(let tag): throw CardError(.malformedAnswer, subject, detail: "no data object \(tag.tagDescription)")
        }
    }
}

extension UInt32 {
    /// A tag as standards write it: `5FC105`, `7C`.
    var tagDescription: String {
        let bytes = [UInt8(self >> 24), UInt8(self >> 16 & 0xFF), UInt8(self >> 8 & 0xFF), UInt8(self & 0xFF)]
        return Array(bytes.drop { $0 == 0 }).hexadecimal
    }
}
