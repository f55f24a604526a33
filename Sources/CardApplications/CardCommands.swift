import ISO7816

// The commands of ISO/IEC 7816-4 that more than one application sends, spelled once.

extension CardChannel {
    /// SELECT by application identifier; ISO/IEC 7816-4, 11.2.2.
    func select(application: [UInt8], within budget: TimeBudget) async throws(CardError) -> ResponseAPDU {
        try await send(CommandAPDU(instruction: 0xA4, p1: 0x04, p2: 0x00, data: application, expectedLength: 256), within: budget)
    }

    /// VERIFY without data: asks, and costs nothing; ISO/IEC 7816-4, 11.5.6.
    func pinState(reference: UInt8) async throws(CardError) -> PINState {
        PINState(try await send(CommandAPDU(instruction: 0x20, p2: reference)).status)
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
    var concernsOneObject: Bool {
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
