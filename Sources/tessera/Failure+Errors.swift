import CMS
import CardApplications
import DeviceProtocol
import Emulation
import Foundation
import HTTPDoor
import ISO7816
import OATH
import PSKC
import Pictures
import ScanChallenge
import Secrets
import Verification

extension Failure {
    /// What `error` is for the person; an error that no part of the program should let through says so.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as CardError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as DeviceError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as CMSError: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as ContentError: self.init(error.description, hint: "correct it and repeat", exit: .usage)
        case let error as OATHError: self.init(withStep: error.description, else: "see \"tessera otp --help\"", exit: .usage)
        case let error as OATHURIError: self.init(withStep: error.description, else: "ask for another one", exit: .usage)
        case PSKCError.cancelled: self.init(CancellationError())
        case let error as PSKCError: self.init(withStep: error.description, else: "ask for another one", exit: error.exit)
        case let error as PictureError: self.init(withStep: error.description, else: "take another picture", exit: error.exit)
        case let error as ScanError: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as VerificationError: self.init(error)
        case SubscriberError.verification(let error): self.init(error)
        case let error as SubscriberError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as SignatureRuleError: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as SecretImageRefusal: self.init(error.description, hint: error.hint, exit: .usage)
        case let error as CertificateRefusal: self.init(error.description, hint: error.hint, exit: .refused)
        case let error as DoorError: self.init(error.description, hint: error.hint, exit: .environment)
        case let error as ServeConfigurationError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let errors as ServeConfigurationErrors: self = Failure(errors.first).followed(by: errors.others.map { Failure($0) })
        case let error as StoreError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as AuditError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as VPCDError: self.init(error.description, hint: error.hint, exit: .environment)
        case let error as VSCARDError: self.init(error.description, hint: error.hint, exit: .environment)
        case let error as CardStateError: self.init(error)
        case let error as DeviceStateError: self.init(error.description, hint: error.hint, exit: error.exit)
        case let error as ScanRefusal: self.init(error.description, hint: "look at the device", exit: .refused)
        case let error as VirtualReaderError: self.init(withStep: error.description, else: "repeat", exit: .refused)
        case let error as PersonalisationError: self.init(error)
        case let error as TestAuthorityError: self.init(error)
        case SecretBytesError.full: self.init("no secret is that long", hint: "look whether it is the right file or line", exit: .usage)
        case is SecretBytesError: self.init("there is no memory for a secret", hint: "free some memory and repeat", exit: .environment)
        case is CancellationError: self.init("cancelled", hint: "start again when ready", exit: .refused)
        default: self.init(unexpected: error)
        }
    }

    /// What the bank's side says, in the words of the commands of a clerk.
    private init(_ error: VerificationError) {
        let (sentence, step) =
            switch error {
            case .unknownProduct: (error.description, "\"tessera device products\" lists those that there are")
            case .productRetired: (error.description, "choose another device, or admit it with --admit-retired")
            case .noSuchDevice(let device):
                ("no device \"\(device)\" is enrolled", "look at the spelling; \"tessera subscriber show\" lists a customer's devices")
            case .enrolment(.illegal(.reset, .suspended)), .enrolment(.illegal(.reset, .blocked)):
                (error.description, "\"tessera device resume\" opens it, after making sure of the person, and resets it as well")
            case .enrolment(.illegal(.renew, .suspended)), .enrolment(.illegal(.renew, .blocked)):
                (error.description, "\"tessera device resume\" opens it first, after making sure of the person")
            default: (error.description, error.hint)
            }
        self.init(sentence, hint: step, exit: error.exit)
    }

    private init(_ error: PersonalisationError) {
        if case .certificate(let cause) = error {
            self.init(cause)
        } else {
            self.init(error.description, hint: "repeat; if it stays, look at the machine's OpenSSL", exit: .environment)
        }
    }

    private init(_ error: CardStateError) {
        let step =
            switch error {
            case .passphraseNeeded: "give --passphrase-file FILE, or --sealed to be asked"
            case .notSealed: "leave --passphrase-file and --sealed out, or choose another file"
            default: error.hint
            }
        self.init(error.description, hint: step, exit: error.exit)
    }

    private init(_ error: TestAuthorityError) {
        switch error {
        case .unsuitableName: self.init(error.description, hint: "choose another name with --holder", exit: .usage)
        case .unreadablePublicKey, .notEncodable: self.init(error.description, hint: "choose other --keys", exit: .refused)
        case .tooLate: self.init(error.description, hint: "choose an earlier --valid-until, or another --authority", exit: .usage)
        case .noRoomBelow: self.init(error.description, hint: "use the root instead", exit: .refused)
        case .unreadableCertificate: self.init(error.description, hint: "name a PEM file with a certificate", exit: .refused)
        case .unreadableAuthority: self.init(error.description, hint: "name a new file, and one is made there", exit: .refused)
        }
    }

    /// A sentence that ends in its next step: "the file is cut off: take the picture again".
    private init(withStep sentence: String, else hint: String, exit: ProgramExit) {
        guard let colon = sentence.range(of: ": ", options: .backwards) else {
            self.init(sentence, hint: hint, exit: exit)
            return
        }
        self.init(String(sentence[..<colon.lowerBound]), hint: String(sentence[colon.upperBound...]), exit: exit)
    }

    /// Foundation's errors know a sentence; of all others, the type alone is told.
    private init(unexpected error: any Error) {
        let isFoundation = error is CocoaError || error is POSIXError
        self.init(
            isFoundation ? error.localizedDescription : "something that should not happen: \(type(of: error))",
            hint: isFoundation ? "check the path, its rights and the space on the disk" : "repeat; if it stays, report it with the command",
            exit: isFoundation ? .environment : .refused)
    }
}

extension CardError {
    var exit: ProgramExit {
        switch code {
        case .readerMissing, .cardMissing, .accessDenied, .serviceAbsent, .serviceSilent, .heldByAnotherProgram, .readerStuck,
            .readerUnavailable, .unresponsive:
            .environment
        case .removed, .reset, .malformedAnswer, .refused, .notSupported, .unknownCard, .unsuitablePIN, .pinEntryTimedOut,
            .pinEntryCancelled, .newPINsDiffer, .cancelled:
            .refused
        }
    }
}

extension DeviceError {
    var exit: ProgramExit {
        switch code {
        case .cardMissing, .cardMute, .heldByAnotherProgram, .accessDenied, .serviceAbsent, .serviceSilent, .stuck, .holderUnavailable,
            .detailsTooLong:
            .environment
        case .declined, .cancelled, .timedOut, .wrongPIN, .wrongPUK, .newPINsDiffer, .unsuitablePIN, .lastTry, .blocked, .pukBlocked,
            .removed, .notSupported, .challengeRefused, .malformedAnswer, .indeterminate:
            .refused
        }
    }
}

extension CardStateError {
    fileprivate var exit: ProgramExit {
        switch self {
        case .missing, .exists, .locked, .linked, .system, .notKept, .notSealable: .environment
        case .passphraseNeeded, .notSealed: .usage
        case .foreign, .damaged, .newer, .wrongPassphrase, .unusable, .otherCard: .refused
        }
    }
}

extension PSKCError {
    fileprivate var exit: ProgramExit {
        switch self {
        case .keyNeeded, .passwordNeeded, .notEncrypted, .keyLength: .usage
        case .memory: .environment
        default: .refused
        }
    }
}

extension PictureError {
    fileprivate var exit: ProgramExit {
        switch self {
        case .unknownPicture: .usage
        case .fontUnreadable: .environment
        default: .refused
        }
    }
}

extension DeviceStateError {
    fileprivate var exit: ProgramExit {
        switch self {
        case .missing, .locked, .system: .environment
        case .exists, .foreign, .linked, .otherDevice: .usage
        case .damaged, .newer: .refused
        }
    }
}

extension VerificationError {
    var exit: ProgramExit {
        switch self {
        case .store(let error): error.exit
        case .unknownProduct: .usage
        default: .refused
        }
    }
}

extension AuditError {
    var exit: ProgramExit { if case .store(let error) = self { error.exit } else { .usage } }
}

extension SubscriberError {
    var exit: ProgramExit {
        switch self {
        case .noMemory: .environment
        case .verification(let error): error.exit
        case .refused, .busy, .noSuchSubscriber, .alreadyExists, .hasPassword, .unsuitablePassword, .unsuitableQuestions, .sessionOver,
            .secretImage, .tooManyRequests, .tooManyBeneficiaries:
            .refused
        }
    }
}

extension StoreError {
    var exit: ProgramExit { self == .cancelled ? .refused : .environment }
}
