import CPCSC
import ISO7816

/// What the service last said of a reader (`SCARD_READERSTATE`), and what to tell it back when asking again.
struct ReaderState: Equatable {
    /// The pretended reader that changes when readers come and go.
    static let plugAndPlay = #"\\?PnP?\Notification"#

    let name: String
    /// The event word, whole: its upper half counts insertions and removals, and the service compares all of it.
    private(set) var event: UInt32
    private(set) var atr: [UInt8]

    /// A reader of which nothing is known yet: asking for it returns at once.
    init(name: String, event: UInt32 = UInt32(SCARD_STATE_UNAWARE), atr: [UInt8] = []) {
        self.name = name
        self.event = event
        self.atr = atr
    }

    /// How often a card came or went.
    var eventCount: UInt32 { event >> 16 }

    /// Whether some program is connected to the card.
    var isInUse: Bool { has(SCARD_STATE_INUSE) || has(SCARD_STATE_EXCLUSIVE) }

    /// Whether the service says that something differs from what it was told.
    var isChanged: Bool { has(SCARD_STATE_CHANGED) }

    /// Whether the service knows a reader of this name.
    var isKnown: Bool { !has(SCARD_STATE_UNKNOWN) && !has(SCARD_STATE_IGNORE) }

    /// Whether the service has said if a card is in the reader.
    ///
    /// pcsc-lite lists a reader whose driver is still starting, and says neither of it. Told that word back, it compares
    /// nothing, and never says what came of it.
    var isSettled: Bool { has(SCARD_STATE_EMPTY) || has(SCARD_STATE_PRESENT) || has(SCARD_STATE_UNAVAILABLE) || !isKnown }

    /// What is in the reader.
    var content: CardSlot.Content {
        guard has(SCARD_STATE_PRESENT) else { return .empty }
        guard !has(SCARD_STATE_MUTE), let atr = try? ATR(parsing: atr) else { return .mute }
        return .card(atr, exclusive: has(SCARD_STATE_EXCLUSIVE))
    }

    /// The C form, without the name: its pointer is lent for one call only.
    ///
    /// What is not settled is asked for afresh.
    var request: SCARD_READERSTATE {
        var raw = unsafe SCARD_READERSTATE()
        unsafe raw.dwCurrentState = DWORD(isSettled || name == Self.plugAndPlay ? event : UInt32(SCARD_STATE_UNAWARE))
        return unsafe raw
    }

    /// Takes over what the service answered.
    mutating func update(from raw: SCARD_READERSTATE) {
        event = unsafe UInt32(truncatingIfNeeded: raw.dwEventState)
        let length = unsafe Int(min(raw.cbAtr, DWORD(MAX_ATR_SIZE)))
        atr = unsafe withUnsafeBytes(of: raw.rgbAtr) { unsafe Array($0.prefix(length)) }
    }

    private func has(_ flag: some BinaryInteger) -> Bool { event & UInt32(flag) != 0 }
}
