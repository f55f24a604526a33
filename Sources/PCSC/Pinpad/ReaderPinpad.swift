import ISO7816

/// A reader's keys, through PC/SC part 10.
///
/// What an entry becomes nobody can hurry: the driver keeps the reader to itself until the person or the reader's own
/// timeout ends it, so that `FEATURE_ABORT` does not get through. A task that is cancelled meanwhile leaves its session
/// behind, and the card is reset as soon as the entry has ended.
struct ReaderPinpad: Pinpad {
    /// For the card's part, and long enough that libccid, which waits 90 s, gives up first.
    static let margin = Duration.seconds(40)

    /// What a person can do where the keys are no use.
    static let wayOut = "with \"--no-pinpad\" it is typed on the keyboard"

    private let port: any ReaderPort
    private let features: ReaderFeatures
    private let properties: ReaderProperties
    private let seconds: UInt8

    /// The keys of a reader; `nil` where it has none that take a PIN.
    ///
    /// - Parameter patience: how long the reader waits for each PIN, and again for what follows its first digit.
    init?(port: any ReaderPort, capabilities: ReaderCapabilities, patience: Duration) {
        self.port = port
        features = capabilities.features
        properties = capabilities.properties
        seconds = UInt8(max(1, min(patience / .seconds(1), 255)))
        guard code(.verifyPINDirect, .verifyPINStart, .verifyPINFinish) != nil else { return nil }
    }

    func verify(_ block: PINBlock) async throws(CardError) -> StatusWord {
        let form = try PINForm([block], at: properties, named: port.reader)
        let structure = PINVerifyStructure(form: form, seconds: seconds, hasDisplay: properties.hasDisplay)
        return try await enter(structure.bytes, pins: 1, by: code(.verifyPINDirect, .verifyPINStart, .verifyPINFinish))
    }

    func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord {
        let form = try PINForm([block, new], at: properties, named: port.reader)
        let structure = PINModifyStructure(form: form, seconds: seconds, hasDisplay: properties.hasDisplay)
        return try await enter(structure.bytes, pins: 3, by: code(.modifyPINDirect, .modifyPINStart, .modifyPINFinish))
    }

    /// The ways of calling it: in one call, or in two, the second of which waits.
    private enum Call {
        case direct(UInt32)
        case parts(start: UInt32, finish: UInt32)
    }

    private func code(_ direct: ReaderFeature, _ start: ReaderFeature, _ finish: ReaderFeature) -> Call? {
        if let code = features.codes[direct] { return .direct(code) }
        guard let start = features.codes[start], let finish = features.codes[finish] else { return nil }
        return .parts(start: start, finish: finish)
    }

    /// Once: whatever comes back, nothing here asks again.
    private func enter(_ structure: [UInt8], pins: Int, by call: Call?) async throws(CardError) -> StatusWord {
        guard let call else {
            throw CardError(.notSupported, "changing a PIN on the keys of \"\(port.reader)\"", detail: Self.wayOut)
        }
        let limit = .seconds(2 * pins * Int(seconds)) + Self.margin
        let answer = try await port.perform(within: limit) { reader throws(PCSCError) in
            switch call {
            case .direct(let code): return try reader.control(code, structure)
            case .parts(let start, let finish):
                let early = try reader.control(start, structure)
                // Nothing, or success: it has begun.
                return early.isEmpty || early == StatusWord.success.bytes ? try reader.control(finish, []) : early
            }
        }
        return try outcome(of: answer)
    }

    /// The card's status word, or one of the reader's own; PC/SC part 10, 2.6.
    ///
    /// Cards have other words for what these say, and those that use them mean that nothing has changed.
    private func outcome(of answer: [UInt8]) throws(CardError) -> StatusWord {
        guard answer.count == 2, let status = try? ResponseAPDU(parsing: answer).status else {
            throw CardError(.malformedAnswer, port.reader, detail: "\(answer.count) bytes are no status word")
        }
        switch status.rawValue {
        case 0x6400: throw CardError(.pinEntryTimedOut, port.reader)
        case 0x6401: throw CardError(.pinEntryCancelled, port.reader)
        case 0x6402: throw CardError(.newPINsDiffer, port.reader)
        case 0x6403: throw CardError(.unsuitablePIN, port.reader, detail: "the reader counted its digits")
        case 0x6B80:
            let subject = "this PIN on the keys of \"\(port.reader)\""
            throw CardError(.notSupported, subject, detail: "the reader refuses its form, 6B80; \(Self.wayOut)")
        default: return status
        }
    }
}
