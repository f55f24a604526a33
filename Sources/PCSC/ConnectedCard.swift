import CPCSC
import ISO7816

/// A powered card, shared with other programs (`SCARDHANDLE`), with the context that it belongs to.
///
/// When the value ends, the card is let go as it is (`SCardDisconnect`), then the context is released.
struct ConnectedCard: ~Copyable {
    /// The card, by its name and its reader's.
    let reader: String
    let atr: ATR
    private let context: PCSCContext
    private let handle: SCARDHANDLE
    private var activeProtocol: DWORD

    private init(reader: String, atr: ATR, context: consuming PCSCContext, handle: SCARDHANDLE, activeProtocol: DWORD) {
        self.reader = reader
        self.atr = atr
        self.context = context
        self.handle = handle
        self.activeProtocol = activeProtocol
    }

    /// `SCardConnect`, shared, with T=0 or T=1; can block for ever behind another program's transaction.
    static func connect(to reader: String, in context: consuming PCSCContext) throws(PCSCError) -> ConnectedCard {
        var handle = SCARDHANDLE()
        var activeProtocol = DWORD()
        let wanted = DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
        try PCSCError.check(
            "SCardConnect",
            unsafe SCardConnect(context.handle, reader, DWORD(SCARD_SHARE_SHARED), wanted, &handle, &activeProtocol))
        do {
            let atr = try Self.atr(of: handle)
            return ConnectedCard(reader: reader, atr: atr, context: context, handle: handle, activeProtocol: activeProtocol)
        } catch {
            _ = LibraryGate.pass { SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD)) }
            throw error
        }
    }

    private static func atr(of handle: SCARDHANDLE) throws(PCSCError) -> ATR {
        var bytes = [UInt8](repeating: 0, count: Int(MAX_ATR_SIZE))
        var length = DWORD(bytes.count)
        try PCSCError.check("SCardStatus", unsafe SCardStatus(handle, nil, nil, nil, nil, &bytes, &length))
        do { return try ATR(parsing: Array(bytes.prefix(Int(length)))) } catch { throw PCSCError(.invalidATR, in: "SCardStatus") }
    }

    /// Waits for the card to be ours alone; `SCardBeginTransaction`, which asks the service ten times a second.
    ///
    /// The program before us may have ended with a reset, which the first call then reports: nothing of ours is lost
    /// by it, so the connection is renewed and the wait goes on.
    ///
    /// - Parameter wanted: whether anybody still waits for it.
    mutating func beginTransaction(while wanted: () -> Bool) throws(PCSCError) {
        while true {
            do {
                return try PCSCError.check("SCardBeginTransaction", SCardBeginTransaction(handle))
            } catch  where error.code == .resetCard && wanted() {
                try reconnect()
            }
        }
    }

    /// Takes note of a reset by another program, after which the service lets nothing else pass; `SCardReconnect`.
    ///
    /// The card is as the reset left it: nothing selected, nobody logged in.
    mutating func reconnect() throws(PCSCError) {
        let wanted = DWORD(SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1)
        try PCSCError.check(
            "SCardReconnect",
            unsafe SCardReconnect(handle, DWORD(SCARD_SHARE_SHARED), wanted, DWORD(SCARD_LEAVE_CARD), &activeProtocol))
    }

    /// Ends what ``beginTransaction(while:)`` began; `SCardEndTransaction`.
    ///
    /// A reset is made here, while the card is still ours, and not in `SCardDisconnect`: in between, another program
    /// would find it logged in.
    func endTransaction(_ disposition: CardDisposition) {
        let wanted =
            switch disposition {
            case .leave: SCARD_LEAVE_CARD
            case .reset: SCARD_RESET_CARD
            }
        _ = LibraryGate.pass { SCardEndTransaction(handle, DWORD(wanted)) }
    }

    /// Whether the reader speaks T=0 with the card, where a command has one length byte only.
    var speaksT0: Bool { activeProtocol == DWORD(SCARD_PROTOCOL_T0) }

    /// The reader that holds the card, on the same handle: good only while this value lives.
    var link: ReaderLink { ReaderLink(handle: handle, speaksT0: speaksT0) }

    /// One command and its answer; `SCardTransmit`.
    ///
    /// - Parameters:
    ///   - command: lent to the C library as it stands, not copied.
    ///   - buffer: takes the answer; it must have room for the longest, because a command has run when it does not fit.
    func transmit(_ command: borrowing RawSpan, into buffer: inout [UInt8]) throws(PCSCError) -> [UInt8] {
        var header = SCARD_IO_REQUEST(dwProtocol: activeProtocol, cbPciLength: UInt(MemoryLayout<SCARD_IO_REQUEST>.size))
        var length = DWORD(buffer.count)
        let status = unsafe command.withUnsafeBytes { bytes in
            let start = unsafe bytes.bindMemory(to: UInt8.self).baseAddress
            return LibraryGate.pass {
                unsafe SCardTransmit(handle, &header, start, DWORD(bytes.count), nil, &buffer, &length)
            }
        }
        do { try PCSCError.check("SCardTransmit", of: status) } catch { throw explained(error) }
        let answer = Array(buffer.prefix(Int(length)))
        // Drivers give an empty success, too, when the card was pulled while it worked.
        if answer.isEmpty, isRemoved { throw PCSCError(.removedCard, in: "SCardTransmit") }
        return answer
    }

    /// What a failed exchange really was: a card that was pulled out is first seen as a disturbed line.
    func explained(_ error: PCSCError) -> PCSCError {
        guard error.code == .notTransacted || error.code == .communicationDataLost, isRemoved else { return error }
        return PCSCError(.removedCard, in: error.call)
    }

    /// Whether the service finds the card gone, once it has looked: it does so about every 400 ms.
    private var isRemoved: Bool {
        var states = [ReaderState(name: reader)]
        do {
            guard try context.refresh(&states, within: .zero), states.first?.content != .empty else { return true }
            _ = try context.refresh(&states, within: .seconds(2))
            try PCSCError.check("SCardStatus", SCardStatus(handle, nil, nil, nil, nil, nil, nil))
            return false
        } catch {
            return error.code == .removedCard || error.code == .readerUnavailable || error.code == .unknownReader
        }
    }

    deinit {
        let handle = handle
        _ = LibraryGate.pass { SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD)) }
    }
}
