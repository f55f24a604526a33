import DeviceProtocol
import ISO7816

extension DeviceError {
    /// The same failure in the words of the upper joint.
    init(_ error: CardError, _ device: String) {
        let code: Code =
            switch error.code {
            case .cardMissing: .cardMissing
            case .readerMissing, .removed: .removed
            case .heldByAnotherProgram: .heldByAnotherProgram
            case .readerStuck, .readerUnavailable: .stuck
            case .accessDenied: .accessDenied
            case .serviceAbsent: .serviceAbsent
            case .serviceSilent: .serviceSilent
            case .unsuitablePIN: .unsuitablePIN
            case .reset, .unresponsive, .malformedAnswer: .malformedAnswer
            case .refused, .notSupported, .unknownCard: .notSupported
            case .pinEntryTimedOut: .timedOut
            case .newPINsDiffer: .unsuitablePIN
            case .cancelled, .pinEntryCancelled: .cancelled
            }
        self.init(code, device, detail: error.description)
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

    /// A failure while a signature was asked for: a refusal is one, and a lost answer is unknown for ever.
    init(signing error: CardError, _ device: String) {
        switch error.code {
        case .refused, .notSupported: self.init(error, device)
        default: self.init(.indeterminate, device, detail: error.description)
        }
    }
}
