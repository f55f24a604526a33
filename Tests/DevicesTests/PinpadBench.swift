import DeviceProtocol
import Devices
import Emulation
import ISO7816
import Synchronization

/// Virtual readers with keys of their own: a person presses what the script says, and the card gets it from the reader.
final class PinpadReaders: CardSource {
    /// What the person does at the keys.
    enum Press: Sendable {
        /// Enters these digits and presses OK.
        case digits(String)
        /// Does something that the reader tells in a status word of its own.
        case failing(CardError.Code)
    }

    private let readers: VirtualReaders
    private let presses: Mutex<[Press]>
    private let entered = Mutex<[PINBlock]>([])
    private let questions = Mutex(0)

    init(around readers: VirtualReaders, presses: [Press]) {
        self.readers = readers
        self.presses = Mutex(presses)
    }

    /// The blocks that were to be filled in, in order.
    var blocks: [PINBlock] { entered.withLock { $0 } }
    /// How often somebody asked for the pinpad.
    var inquiries: Int { questions.withLock { $0 } }

    func slots() async throws(CardError) -> [CardSlot] { readers.slots() }
    func changes() -> AsyncStream<[CardSlot]> { readers.changes() }
    func open(_ reader: String) async throws(CardError) -> any CardSession {
        Session(session: try readers.open(reader), source: self)
    }

    private func press(_ block: PINBlock) -> Press {
        entered.withLock { $0.append(block) }
        return presses.withLock { $0.isEmpty ? .failing(.pinEntryTimedOut) : $0.removeFirst() }
    }

    private struct Session: CardSession {
        let session: any CardSession
        let source: PinpadReaders
        var atr: ATR { session.atr }

        var pinpad: (any Pinpad)? {
            source.questions.withLock { $0 += 1 }
            return Keys(session: session, source: source)
        }

        func transmit(_ command: [UInt8]) async throws(CardError) -> [UInt8] { try await session.transmit(command) }
        func transmit(_ command: consuming SensitiveCommand) async throws(CardError) -> [UInt8] { try await session.transmit(command) }
        func end(_ disposition: CardDisposition) async { await session.end(disposition) }
    }

    private struct Keys: Pinpad {
        let session: any CardSession
        let source: PinpadReaders

        func verify(_ block: PINBlock) async throws(CardError) -> StatusWord {
            switch source.press(block) {
            case .failing(let code): throw CardError(code, "the reader")
            case .digits(let digits):
                let filling = [UInt8](repeating: block.padding ?? 0, count: max(block.paddedLength - digits.utf8.count, 0))
                let data = Array(digits.utf8) + filling
                let answer = try await session.transmit(block.header + [UInt8(data.count)] + data)
                return StatusWord(answer[0], answer[1])
            }
        }

        func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord {
            throw CardError(.notSupported, "changing a PIN")
        }
    }
}
