/// Why a card is not, or no longer, in a slot of vpcd.
public enum VPCDError: Error, Hashable, Sendable {
    /// No address is known for this host; the text is the resolver's.
    case unknownHost(String, String)
    /// Nothing listens there.
    case nothingListens(String)
    /// What answers there does not speak as vpcd does.
    case notVPCD(String)
    /// It did not take a connection, or bytes, in time.
    case timedOut(String)
    /// The connection ended; the number is `errno`, 0 for an orderly end.
    case connectionLost(String, Int32)
    /// A socket call failed for a reason of the machine; the number is `errno`.
    case system(String, Int32)
    /// An answer of so many bytes has no frame.
    case frameTooLong(Int)
    /// The card is in this slot; a card is in one place at a time.
    case cardElsewhere(String)
    /// The card lost its power, or said nothing, as its ``FaultPlan`` wanted it; the text is the fault.
    case fault(String)
    /// The card was taken out before it was in.
    case removed
}

extension VPCDError: CustomStringConvertible {
    /// What happened, in one sentence.
    public var description: String {
        switch self {
        case .unknownHost(let host, let reason): "no address for \"\(host)\": \(reason)"
        case .nothingListens(let place): "nothing listens on \(place)"
        case .notVPCD(let place): "\(place) is not vpcd"
        case .timedOut(let place): "\(place) does not answer in time"
        case .connectionLost(let place, 0): "\(place) closed the connection"
        case .connectionLost(let place, let number): "the connection to \(place) is lost (errno \(number))"
        case .system(let call, let number): "\(call) failed (errno \(number))"
        case .frameTooLong(let count): "an answer of \(count) bytes does not fit a vpcd frame"
        case .cardElsewhere(let name): "the card is in \"\(name)\""
        case .fault(let fault): "a fault on purpose: \(fault)"
        case .removed: "the card was taken out"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .unknownHost: "check the host name; vpcd usually runs on \"localhost\""
        case .nothingListens:
            "is pcscd with vpcd running? \"apt-get install pcscd vsmartcard-vpcd\", then start pcscd; ports are 35963 and 35964"
        case .notVPCD: "check the port: those of vpcd are 35963 and 35964"
        case .timedOut: "another card may be in this slot: try the next port"
        case .connectionLost: "pcscd may have stopped; the card comes back by itself when it runs again"
        case .system: "see errno(3); too many open files or too little memory, as a rule"
        case .frameTooLong: "ask for less at once"
        case .cardElsewhere: "pull it there first"
        case .fault: "nothing is to be done: the card comes back by itself"
        case .removed: "insert it again"
        }
    }
}

extension VPCDError: SlotFailure {
    init(_ error: VPCDError) { self = error }
}
