import DeviceProtocol
import ISO7816

extension DeviceError {
    /// The same failure in the words of the upper joint.
    init(_ error: CardError, _ device: String) {
        let code: Code =
            switch error.code {
            case .cardMissing: .cardMissing
            case .readerMissing, .removed: .removed
            // Whoever reset the card has it, or had it just now.
            case .heldByAnotherProgram, .reset: .heldByAnotherProgram
            case .unresponsive: .cardMute
            case .readerStuck, .readerUnavailable: .stuck
            case .accessDenied: .accessDenied
            case .serviceAbsent: .serviceAbsent
            case .serviceSilent: .serviceSilent
            case .unsuitablePIN: .unsuitablePIN
            case .malformedAnswer: .malformedAnswer
            case .refused, .notSupported, .unknownCard: .notSupported
            case .pinEntryTimedOut: .timedOut
            case .newPINsDiffer: .unsuitablePIN
            case .cancelled, .pinEntryCancelled: .cancelled
            }
        // A card that nobody knows is the one thing of these that the card's own hint helps with more.
        self.init(code, device, detail: error.description, remedy: error.code == .unknownCard ? error.hint : nil)
    }

    /// A failure while a PIN was on its way: what went wrong, and that a try may have been spent.
    init(verifying error: CardError, _ device: String) {
        switch error.code {
        case .unsuitablePIN, .pinEntryTimedOut, .pinEntryCancelled, .newPINsDiffer, .notSupported:
            self.init(error, device)
        default:
            self.init(DeviceError(error, device).code, device, detail: "\(error); a PIN try may have been spent")
        }
    }

    /// A failure while a new PIN was on its way, too: nobody can say which one counts now, unless the card refused.
    init(changing error: CardError, _ device: String) {
        let failure = DeviceError(verifying: error, device)
        switch error.code {
        case .unsuitablePIN, .pinEntryTimedOut, .pinEntryCancelled, .newPINsDiffer, .notSupported, .refused: self = failure
        default: self.init(failure.code, device, detail: "\(failure.detail ?? ""), and the PIN may or may not have changed")
        }
    }

    /// A failure while a signature was asked for: a refusal is one, and a lost answer is unknown for ever.
    init(signing error: CardError, _ device: String) {
        switch error.code {
        case _ where error.isBeforehand: self.init(error, device)
        case .refused, .notSupported: self.init(error, device)
        default: self.init(.indeterminate, device, detail: error.description)
        }
    }
}
