/// Why a device did not answer.
///
/// Errors compare by ``code``; ``description`` says what happened and ``hint`` what to do next.
public struct DeviceError: Error, Sendable {
    /// The kinds of failure that a caller tells apart.
    public enum Code: String, Sendable, CaseIterable {
        /// The person said no.
        case declined
        /// The person, or the program, broke off.
        case cancelled
        /// The person did not answer in time.
        case timedOut
        /// There is nobody to ask: no terminal, no pinentry.
        case holderUnavailable
        /// The details cannot be shown whole where the person was asked; nothing was agreed to.
        case detailsTooLong
        /// The PIN was wrong.
        case wrongPIN
        /// The PUK was wrong.
        case wrongPUK
        /// The new PIN was typed twice, and not the same; nothing was sent.
        case newPINsDiffer
        /// The device cannot have such a PIN; nothing was sent, and no try was spent.
        case unsuitablePIN
        /// One try is left, and nobody allowed to spend it.
        case lastTry
        /// No tries are left.
        case blocked
        /// No tries are left for the PUK either.
        case pukBlocked
        /// Device or card went away.
        case removed
        /// There is a reader, and it is empty.
        case cardMissing
        /// The card does not answer when it is powered: dirty, broken, or the wrong way round.
        case cardMute
        /// Another program holds the card.
        case heldByAnotherProgram
        /// The system refuses access to readers (polkit).
        case accessDenied
        /// The PC/SC daemon is not running.
        case serviceAbsent
        /// The PC/SC daemon is there and does not answer.
        case serviceSilent
        /// The reader does not answer.
        case stuck
        /// The device cannot do that, or does not take that form of a challenge.
        case notSupported
        /// A hand-held device does not accept what it was shown: not for it, altered, seen before, or too old.
        case challengeRefused
        /// The device answered what no standard allows.
        case malformedAnswer
        /// Nobody can tell whether the answer was made. Look before repeating.
        case indeterminate
    }

    /// What kind of failure this is.
    public let code: Code
    /// The device or reader it is about.
    public let device: String
    /// The PIN tries left, where the device tells.
    public let triesLeft: Int?
    /// What lies beneath, for the one who searches the cause.
    public let detail: String?
    /// What helps, in place of what usually does.
    private let remedy: String?

    /// A failure of `device`.
    ///
    /// - Parameter remedy: what helps, in place of what usually does.
    public init(_ code: Code, _ device: String, triesLeft: Int? = nil, detail: String? = nil, remedy: String? = nil) {
        self.code = code
        self.device = device
        self.triesLeft = triesLeft
        self.detail = detail
        self.remedy = remedy
    }
}

extension DeviceError: Equatable {
    /// Errors compare by code alone.
    public static func == (left: DeviceError, right: DeviceError) -> Bool { left.code == right.code }
}

extension DeviceError: CustomStringConvertible {
    /// One sentence, with the detail in brackets, or the detail alone where it begins with that sentence.
    public var description: String {
        let sentence = sentence
        guard let detail else { return sentence }
        return detail.hasPrefix(sentence) ? detail : "\(sentence) (\(detail))"
    }

    private var sentence: String {
        switch code {
        case .declined: "the request was declined on \"\(device)\""
        case .cancelled: "cancelled"
        case .timedOut: "nobody answered in time for \"\(device)\""
        case .holderUnavailable: "there is no way to ask for the PIN of \"\(device)\""
        case .detailsTooLong: "the details for \"\(device)\" are too long for pinentry"
        case .wrongPIN: "wrong PIN for \"\(device)\"" + left
        case .wrongPUK: "wrong PUK for \"\(device)\"" + left
        case .newPINsDiffer: "the new PIN for \"\(device)\" was typed twice, and not the same"
        case .unsuitablePIN: "\"\(device)\" cannot have such a PIN"
        case .lastTry:
            triesLeft == 1
                ? "one PIN try is left on \"\(device)\", and it was not used"
                : "the last PIN try may be left on \"\(device)\", and it was not used"
        case .blocked: "the PIN of \"\(device)\" is blocked"
        case .pukBlocked: "the PUK of \"\(device)\" is blocked"
        case .removed: "\"\(device)\" was removed"
        case .cardMissing: "no card in \"\(device)\""
        case .cardMute: "the card in \"\(device)\" does not answer"
        case .heldByAnotherProgram: "another program holds the card in \"\(device)\""
        case .accessDenied: "access to smartcard readers is denied"
        case .serviceAbsent: "the smartcard service is not running"
        case .serviceSilent: "the smartcard service does not answer"
        case .stuck: "\"\(device)\" does not answer"
        case .notSupported: "\"\(device)\" cannot do that"
        case .challengeRefused: "\"\(device)\" does not accept this challenge"
        case .malformedAnswer: "\"\(device)\" answered what no standard allows"
        case .indeterminate: "nobody can tell whether \"\(device)\" signed"
        }
    }

    private var left: String { triesLeft.map { ", \($0) \($0 == 1 ? "try" : "tries") left" } ?? "" }

    /// What the person can do next.
    public var hint: String { remedy ?? usualHint }

    private var usualHint: String {
        switch code {
        case .declined: "nothing was signed; start again if that was a mistake"
        case .cancelled: "nothing was signed or changed; start again when ready"
        case .timedOut: "start again and enter the PIN within the time shown"
        case .holderUnavailable: "type it on a terminal, or give each answer that is asked for as a line of standard input"
        case .detailsTooLong: "enter the PIN on a reader's keys or at a terminal, or send fewer payments at once"
        case .wrongPIN: "start again with the right PIN"
        case .wrongPUK: "look for the PUK in the letter that came with the card, and start again"
        case .newPINsDiffer: "start again; nothing was sent, and the PIN has not changed"
        case .unsuitablePIN: "check its length and characters; nothing was sent, and no try was spent"
        case .lastTry: "answer y when it is asked whether to use it; a script writes y as a line before the PIN"
        case .blocked: "unblock the PIN with the PUK, or ask the helpdesk"
        case .pukBlocked: "ask the helpdesk for a new card; nothing else helps this one"
        case .removed: "attach it again and start again; if a PIN was on its way, a try may have been spent"
        case .cardMissing: "insert a card, or run \"tessera emulate smartcard\""
        case .cardMute: "clean the card's contacts, insert it the right way up, and start again"
        case .heldByAnotherProgram:
            "close the browser or middleware that uses the card, then start again; if there is none, replug the reader"
        case .accessDenied: "ask the administrator for the polkit rule org.debian.pcsc-lite.access_pcsc"
        case .serviceAbsent: "start it: \"systemctl start pcscd.socket\", or \"pcscd\" as root"
        case .serviceSilent: "restart it: \"systemctl restart pcscd\""
        case .stuck: "unplug it, plug it in again, and start again"
        case .notSupported: "use another device or another key"
        case .challengeRefused: "ask the bank for a new code; if it is refused again, report it"
        case .malformedAnswer: "try another reader; if it stays, send in the trace"
        case .indeterminate: "look at the list of operations before repeating"
        }
    }
}
