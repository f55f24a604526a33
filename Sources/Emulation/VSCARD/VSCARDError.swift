/// Why a card is not, or no longer, in a reader of QEMU.
public enum VSCARDError: Error, Hashable, Sendable {
    /// The connection did not come about, or ended.
    case connection(VPCDError)
    /// What answers there does not speak VSCARD.
    case notVSCARD(String)
    /// QEMU refused the reader or the ATR, with this code of its own.
    case refused(UInt32)
    /// The card is in this slot; a card is in one place at a time.
    case cardElsewhere(String)
    /// The card was taken out.
    case removed
}

extension VSCARDError: SlotFailure {
    init(_ error: VPCDError) {
        self = error == .removed ? .removed : .connection(error)
    }
}

extension VSCARDError: CustomStringConvertible {
    /// What happened, in one sentence.
    public var description: String {
        switch self {
        case .connection(let error): error.description
        case .notVSCARD(let place): "\(place) does not speak VSCARD"
        case .refused(let code): "QEMU refuses the card (VSC_Error \(code))"
        case .cardElsewhere(let name): "the card is in \"\(name)\""
        case .removed: "the card was taken out"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .connection(.nothingListens), .connection(.timedOut):
            "start QEMU with \"-chardev socket,id=card,host=127.0.0.1,port=PORT,server=on,wait=off\""
        case .connection(.connectionLost): "QEMU may have ended; the card comes back by itself when it runs again"
        case .connection(.unknownHost): "check the host name; QEMU usually listens on \"localhost\""
        case .connection(let error): error.hint
        case .notVSCARD: "check the port: it is that of the chardev of QEMU's ccid-card-passthru"
        case .refused: "another card may be in this reader: give QEMU one chardev for each"
        case .cardElsewhere: "pull it there first"
        case .removed: "insert it again"
        }
    }
}
