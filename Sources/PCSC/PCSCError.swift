import CPCSC
public import ISO7816

/// A PC/SC call that failed: which one, and with what code.
///
/// Errors compare by ``code``; ``call`` tells the one who searches the cause which manual page to open.
public struct PCSCError: Error, Sendable {
    /// What the call returned.
    public let code: PCSCCode
    /// The C name of the call: `SCardConnect` and so on.
    public let call: String

    /// A failure of `call`.
    public init(_ code: PCSCCode, in call: String) {
        self.code = code
        self.call = call
    }

    /// Makes a call of the C library, by ``LibraryGate``, and turns every status but success into an error.
    static func check(_ call: String, _ status: @autoclosure () -> LONG) throws(PCSCError) {
        try check(call, of: LibraryGate.pass(status))
    }

    /// Turns every `status` of `call` but success into an error.
    static func check(_ call: String, of status: LONG) throws(PCSCError) {
        let code = PCSCCode(status)
        guard code == .success else { throw PCSCError(code, in: call) }
    }
}

extension PCSCError: Equatable {
    /// Errors compare by code alone.
    public static func == (left: PCSCError, right: PCSCError) -> Bool { left.code == right.code }
}

extension PCSCError: CustomStringConvertible {
    /// Call, code and meaning: `SCardConnect: SCARD_E_NO_SMARTCARD, there is no card in the reader`.
    public var description: String { "\(call): \(code), \(code.meaning)" }
}

extension PCSCError {
    /// What the person can do next; `nil` where the code alone does not say.
    public var hint: String? { code.remedy }

    /// The same failure as everybody above the readers knows it.
    ///
    /// A card or reader that is missing *during* a session was removed: then, and only then, the command may have run.
    ///
    /// - Parameter reader: what the person calls the place where it happened.
    public func cardError(in reader: String) -> CardError {
        let subject = [.serviceAbsent, .serviceSilent, .accessDenied].contains(cardErrorCode) ? "pcscd" : reader
        return CardError(cardErrorCode, subject, detail: description, remedy: isCrowdedOrForeign ? hint : nil)
    }

    /// Whether the service is there and will not have us: of another version, or without room.
    private var isCrowdedOrForeign: Bool { [.serviceStopped, .serverTooBusy, .noMemory].contains(code) }

    /// Whether the call asks the service itself, before any reader is named.
    private var isOfTheService: Bool { ["SCardEstablishContext", "SCardListReaders"].contains(call) }

    private var cardErrorCode: CardError.Code {
        let duringSession = ["SCardTransmit", "SCardControl"].contains(call)
        // What PC/SC says to a name that is longer than any reader's.
        if code == .invalidValue, call == "SCardConnect" { return .readerMissing }
        return switch code {
        case .noService, .communicationError, .shutdown, .invalidHandle: .serviceAbsent
        case .serviceStopped, .serverTooBusy, .noMemory: .serviceSilent
        // polkit is asked for the service and for each card. Elsewhere it is what the C library says of a service that
        // has closed the connection, because it died.
        case .securityViolation: ["SCardEstablishContext", "SCardConnect"].contains(call) ? .accessDenied : .serviceAbsent
        case .sharingViolation: .heldByAnotherProgram
        case .removedCard: .removed
        case .noSmartcard: duringSession ? .removed : .cardMissing
        case .unknownReader, .readerUnavailable, .noReaders: duringSession ? .removed : .readerMissing
        case .resetCard: .reset
        case .timeout, .waitedTooLong: isOfTheService ? .serviceSilent : .readerStuck
        case .cancelled, .systemCancelled: .cancelled
        case .insufficientBuffer, .invalidATR: .malformedAnswer
        case .protocolMismatch where duringSession: .notSupported
        case .unsupportedFeature: .notSupported
        // What is left says in one way or another that card and reader did not come together.
        default: isOfTheService ? .serviceSilent : .unresponsive
        }
    }
}
