public import Foundation

/// Why an enrolment did not change; nothing was stored, but for a wrong code that counts.
public enum EnrolmentRefusal: Error, Hashable, Sendable {
    /// The table has no such row.
    case illegal(Lifecycle.Event, Enrolment.State)
    /// The enrolment is over, and stays as it was.
    case over(Enrolment.State)
    /// There is no such order.
    case noSuchOrder(EnrolmentID)
    /// The time to activate is over.
    case activationOver(since: Date)
    /// The factory has told of no Scan or phone for the order.
    case notSent(EnrolmentID)
    /// No pairing has begun, or it is over.
    case noPairing(EnrolmentID)
    /// Another step of the activation comes first.
    case outOfTurn(expected: ActivationStep?, given: ActivationStep)
    /// A code, a serial number or a password is not right; which one, nobody is told.
    case wrongProof
    /// Too many were wrong; the order is closed until then, or for good.
    case closed(until: Date?)
    /// Only the bank re-activates after a suspicion of fraud.
    case suspendedForFraud
    /// The other device's operation does not approve this.
    case notApproved
    /// A device cannot replace itself, nor somebody else's, nor one of another product.
    case unsuitableReplacement
    /// The identification does not open the application.
    case identificationTooWeak(Identification?, String)
    /// The enrolment is not linked to the account.
    case notLinked(AccountID)
    /// Not 1 to 40 characters that can be shown.
    case unsuitableName
    /// Not 5 to 64 characters.
    case unsuitableActivationCode
    /// A card's new certificates make it another device.
    case renewedAsOtherDevice
    /// It is too early to renew.
    case renewalTooEarly(from: Date)
}

extension EnrolmentRefusal: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .illegal(let event, let state): "an enrolment that is \(state.rawValue) cannot \(event.telling)"
        case .over(let state): "an enrolment that is \(state.rawValue) stays as it is"
        case .noSuchOrder(let id): "there is no order \(id)"
        case .activationOver(let date): "the time to activate ended on \(Self.day(date))"
        case .notSent(let id): "no device was sent for the order \(id)"
        case .noPairing(let id): "no pairing goes on for the order \(id)"
        case .outOfTurn(let expected, let given):
            "the activation does not go on with \(given.telling)" + (expected.map { ", but with \($0.telling)" } ?? ": it is over")
        case .wrongProof: "what was given does not fit the order"
        case .closed(let date): "too many wrong tries: closed " + (date.map { "until \($0.formatted(.iso8601))" } ?? "for good")
        case .suspendedForFraud: "the device is suspended for suspected fraud"
        case .notApproved: "the other device has not approved that"
        case .unsuitableReplacement: "that device cannot be replaced by this one"
        case .identificationTooWeak(nil, let application): "nobody has been identified for the application \"\(application)\""
        case .identificationTooWeak(let identification?, let application):
            "identification by \(identification.telling) does not open the application \"\(application)\""
        case .notLinked(let account): "the enrolment is not linked to the account \"\(account)\""
        case .unsuitableName: "a device's name has 1 to \(EnrolmentLife.nameLimit) characters that can be shown"
        case .unsuitableActivationCode: "an activation code has 5 to 64 characters"
        case .renewedAsOtherDevice: "with new certificates a card is another device"
        case .renewalTooEarly(let date): "it can be renewed from \(Self.day(date)) on"
        }
    }

    /// What to do next.
    public var hint: String {
        switch self {
        case .illegal(_, let state) where state.isFinal: "order a new device: this enrolment is over"
        case .over: "look at the subscriber's list for the device that takes its place"
        case .illegal(_, .ordered): "activate it first, or cancel its order"
        case .illegal(.reactivate, _): "it is in use: nothing has to be opened"
        case .illegal(.reset, _), .illegal(.renew, _): "resume it first, after making sure of the person"
        case .illegal: "look at its state first"
        case .noSuchOrder: "look at the subscriber's list"
        case .activationOver: "order it anew"
        case .notSent: "let the factory tell which device it sends"
        case .noPairing: "begin a pairing; the QR codes of the former one are worth nothing any more"
        case .outOfTurn: "follow the steps in their order"
        case .wrongProof: "compare with the letter and the device, and try again; five wrong ones close the order"
        case .closed(.some): "wait, or ask the helpdesk"
        case .closed(nil): "order it anew"
        case .suspendedForFraud: "only the bank re-activates it, after making sure of the person"
        case .notApproved: "approve it on another device that is active, then repeat"
        case .unsuitableReplacement: "name one of the subscriber's own devices of the same product"
        case .identificationTooWeak: "identify the person in a branch or by video"
        case .notLinked: "link the enrolment to the account first"
        case .unsuitableName: "choose another name"
        case .unsuitableActivationCode: "choose another code; the last five characters of the identity document are usual"
        case .renewedAsOtherDevice: "order a new card, and let it replace this one"
        case .renewalTooEarly: "wait until then"
        }
    }

    private static func day(_ date: Date) -> String { date.formatted(.iso8601.year().month().day()) }
}

extension Lifecycle.Event {
    /// What an enrolment cannot do: "cannot be renewed".
    fileprivate var telling: String {
        switch self {
        case .activate: "be activated"
        case .suspend: "be suspended"
        case .block: "be blocked"
        case .lapse: "be unblocked by time"
        case .reactivate: "be re-activated"
        case .reset: "be reset"
        case .renew: "be renewed"
        case .revoke: "be revoked"
        case .expire: "expire"
        case .replace: "be replaced"
        }
    }
}

extension Identification {
    fileprivate var telling: String {
        switch self {
        case .branch: "a visit to a branch"
        case .video: "video"
        case .certifiedCopy: "a certified copy"
        }
    }
}
