internal import ISO7816
internal import Secrets
internal import Synchronization

/// One program's time with a card in a virtual reader.
///
/// A session that nobody ends is ended with a reset when the last reference goes.
final class VirtualSession: CardSession {
    let atr: ATR
    /// Nothing between program and card counts bytes; over T=0 nothing could bring such a command.
    let passesExtendedLength: Bool
    private let number: Int
    private let reader: String
    private let source: VirtualReaders
    private let ended = Mutex(false)

    init(_ number: Int, card: VirtualCard, reader: String, source: VirtualReaders) {
        self.number = number
        atr = card.atr
        passesExtendedLength = !card.rules.isT0
        self.reader = reader
        self.source = source
    }

    deinit { source.release(session: number, .reset) }

    func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] {
        guard !Task.isCancelled else { throw CardError(.cancelled, reader) }
        guard !ended.withLock({ $0 }) else { throw CardError(.cancelled, reader, detail: "the session has ended") }
        return try await source.transmit(command, session: number, reader: reader)
    }

    /// The bytes leave their locked page here: the emulated card is another part of this process.
    func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] {
        let frame = command.takeFrame()
        let bytes = frame.withBytes { span in unsafe span.withUnsafeBytes { unsafe Array($0) } }
        return try await transmit(bytes)
    }

    func end(_ disposition: CardDisposition) async {
        ended.withLock { $0 = true }
        source.release(session: number, disposition)
    }
}
