public import DeviceProtocol

/// What the display of a Scan or phone shows: for the person in front of it alone.
public enum ScanScreen: Hashable, Sendable {
    /// Nothing was scanned, or it is done with.
    case idle
    /// The decoded fields, with the question whether to go on.
    case showing(Summary)
    /// What was scanned is refused.
    case refused(ScanRefusal)
    /// The code, below what it was given for.
    case code(String, for: Summary)

    /// The display's lines from top to bottom.
    public var lines: [String] {
        switch self {
        case .idle: ["Scan the code"]
        case .showing(let summary): Self.fields(summary) + ["Confirm?"]
        case .refused(let reason): ["Refused", "\(reason)"]
        case .code(let code, let summary): Self.fields(summary) + ["Code: \(code)"]
        }
    }

    private static func fields(_ summary: Summary) -> [String] {
        [summary.title] + summary.lines.map { "\($0.label): \($0.text)" }
    }
}

/// Why a device refuses what it scanned.
///
/// Only its own display tells; what leaves the device is one reason for all, ``DeviceError/Code/challengeRefused``.
public enum ScanRefusal: String, Error, Hashable, Sendable, CaseIterable {
    /// The device is not paired yet.
    case notPaired
    /// Not a Scan challenge at all.
    case notAChallenge
    /// Cut off, too long, or with characters of another alphabet.
    case damaged
    /// Of a version that the device does not know.
    case unknownVersion
    /// Sealed with a key of another device or another enrolment.
    case notForThisDevice
    /// Sealed by somebody else, or altered: nobody can tell these apart.
    case notFromThisBank
    /// Authentic, but with content that it cannot show.
    case notShowable
    /// Not later than what was accepted before.
    case alreadyUsed
    /// Too old, by the device's clock.
    case expired
    /// The device cannot write down what it would have to remember; nothing was spent.
    case notKept
}

extension ScanRefusal: CustomStringConvertible {
    /// The words on the display.
    public var description: String {
        switch self {
        case .notPaired: "This device is not paired yet"
        case .notAChallenge: "This is not a code of a bank"
        case .damaged: "The code is damaged: scan it again"
        case .unknownVersion: "The code is too new for this device"
        case .notForThisDevice: "The code is for another device"
        case .notFromThisBank: "The code is not from your bank, or was altered"
        case .notShowable: "The code asks for something that cannot be shown"
        case .alreadyUsed: "The code was used before"
        case .expired: "The code is too old"
        case .notKept: "The device cannot remember this: nothing was agreed"
        }
    }
}
