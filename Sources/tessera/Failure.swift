import CardApplications
import DeviceProtocol
import Emulation
import Foundation
import ISO7816
import OATH
import Pictures
import ScanChallenge
import Verification

/// How an error reaches the person: one sentence, one next step, one exit code.
struct Failure: Error {
    let message: String
    let hint: String?
    let exit: ProgramExit

    init(_ message: String, hint: String? = nil, exit: ProgramExit) {
        self.message = message
        self.hint = hint
        self.exit = exit
    }

    /// The failure that `error` is; `nil` for those of the command line itself.
    init?(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CardError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as DeviceError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as ContentError: self.init(error.description, hint: "correct it and repeat", exit: .usage)
        case let error as OATHError: self.init("\(error)", exit: .usage)
        case let error as PictureError: self.init(error.description, exit: .refused)
        case let error as ScanError: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as VerificationError: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as VPCDError: self.init(error.description, hint: error.hint, exit: .environment)
        case is CancellationError: self.init("cancelled", exit: .refused)
        default: return nil
        }
    }

    func print() {
        let terminal = FileHandle(descriptor: 2)
        terminal.write(line: "tessera: error: \(message)")
        if let hint { terminal.write(line: "tessera: hint: \(hint)") }
    }
}

extension FileHandle {
    convenience init(descriptor: Int32) { self.init(fileDescriptor: descriptor, closeOnDealloc: false) }

    func write(line: String) { try? write(contentsOf: Data((line + "\n").utf8)) }
}

extension CardError {
    var exit: ProgramExit {
        switch code {
        case .readerMissing, .cardMissing, .accessDenied, .serviceAbsent, .heldByAnotherProgram, .readerStuck, .readerUnavailable,
            .unresponsive:
            .environment
        case .removed, .reset, .malformedAnswer, .refused, .notSupported, .unknownCard, .unsuitablePIN, .cancelled: .refused
        }
    }
}

extension DeviceError {
    var exit: ProgramExit {
        switch code {
        case .cardMissing, .heldByAnotherProgram, .accessDenied, .serviceAbsent, .stuck, .holderUnavailable: .environment
        case .declined, .cancelled, .timedOut, .wrongPIN, .lastTry, .blocked, .removed, .notSupported, .challengeRefused, .malformedAnswer,
            .indeterminate:
            .refused
        }
    }
}
