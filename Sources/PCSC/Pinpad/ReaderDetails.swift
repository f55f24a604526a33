import CPCSC
public import ISO7816
import Secrets

/// What a reader says of itself; `nil` where it does not tell.
public struct ReaderDetails: Hashable, Sendable {
    /// Who made it (`SCARD_ATTR_VENDOR_NAME`).
    public let vendor: String?
    /// Its own number (`SCARD_ATTR_VENDOR_IFD_SERIAL_NO`).
    public let serialNumber: String?
    /// Its version: major, minor, build (`SCARD_ATTR_VENDOR_IFD_VERSION`).
    public let version: [Int]?
    /// What its card, when there is one, said when it was powered on (`SCARD_ATTR_ATR_STRING`).
    public let atr: ATR?
    /// What it can do beside carrying commands (`CM_IOCTL_GET_FEATURE_REQUEST`), in the order of their tags.
    public let features: [ReaderFeature]
    /// What it tells of display, keys and the longest command.
    public let properties: ReaderProperties

    /// Whether a PIN can be entered on its own keys.
    public var hasPinpad: Bool {
        features.contains(.verifyPINDirect) || features.contains(.verifyPINStart) && features.contains(.verifyPINFinish)
    }

    /// Asks a reader; what it refuses it does not tell.
    init(asking reader: any ReaderControl) {
        func attribute(_ id: Int) -> [UInt8]? { try? reader.attribute(UInt32(truncatingIfNeeded: id)) }
        let capabilities = ReaderCapabilities(asking: reader)
        vendor = attribute(CPCSC_ATTR_VENDOR_NAME).flatMap(String.init(printable:))
        serialNumber = attribute(CPCSC_ATTR_VENDOR_IFD_SERIAL_NO).flatMap(String.init(printable:))
        // 0xMMmmbbbb, lowest byte first.
        version = attribute(CPCSC_ATTR_VENDOR_IFD_VERSION).flatMap { bytes in
            bytes.count == 4 ? [Int(bytes[3]), Int(bytes[2]), Int(bytes[1]) << 8 | Int(bytes[0])] : nil
        }
        atr = attribute(CPCSC_ATTR_ATR_STRING).flatMap { try? ATR(parsing: $0) }
        features = capabilities.features.codes.keys.sorted { $0.rawValue < $1.rawValue }
        properties = capabilities.properties
    }
}

extension PCSCReaders {
    /// What `reader` says of itself, with or without a card; no command reaches the card.
    ///
    /// - Throws: ``CardError``: no such reader, a reader that does not answer in time, or whose card another program holds.
    public func details(of reader: String) async throws(CardError) -> ReaderDetails {
        try stuck.admit(reader)
        let answer = Handover<Result<ReaderDetails, PCSCError>, Abandonment>()
        let query = JobQueue<Never>(ended: CardError(.cancelled, reader))
        do {
            try BlockingThread.start {
                _ = answer.put(Result { () throws(PCSCError) in try Self.details(of: reader) })
                _ = query.finish()
            }
        } catch {
            throw error.cardError(in: reader)
        }
        let result: Result<ReaderDetails, PCSCError>
        do {
            result = try await answer.take(within: deadlines.connect, on: ContinuousClock(), late: .silent, onCancel: .cancelled)
        } catch {
            // The service keeps a connection waiting, too, while another program holds the card.
            let states = error == .silent ? try? await Self.states(within: deadlines.status, stuck: stuck) : nil
            let isHeld = states?.contains { $0.name == reader && $0.isInUse } ?? false
            let code = error == .cancelled ? CardError.Code.cancelled : isHeld ? .heldByAnotherProgram : .readerStuck
            let cause: StuckReaders.Cause = code == .readerStuck ? .silence : .otherProgram
            let error = CardError(code, reader, detail: "SCardConnect, SCardControl, SCardGetAttrib have not returned")
            _ = query.abandon(
                error, onAbandon: { [stuck] in stuck.abandon(reader, cause) }, onReturn: { [stuck] in stuck.returned(reader, cause) })
            throw error
        }
        do { return try result.get() } catch { throw error.cardError(in: reader) }
    }

    private static func details(of reader: String) throws(PCSCError) -> ReaderDetails {
        let context = try PCSCContext.establish()
        var handle = SCARDHANDLE()
        var activeProtocol = DWORD()
        // Directly, without a protocol: the reader alone is wanted, and its card is not powered for it.
        try PCSCError.check(
            "SCardConnect", unsafe SCardConnect(context.handle, reader, DWORD(SCARD_SHARE_DIRECT), 0, &handle, &activeProtocol))
        defer { _ = LibraryGate.pass { SCardDisconnect(handle, DWORD(SCARD_LEAVE_CARD)) } }
        return ReaderDetails(asking: ReaderLink(handle: handle, speaksT0: false))
    }
}
