import DeviceProtocol
import Devices
import Emulation
import ISO7816
import Synchronization

/// Virtual readers with keys of their own: a person presses what the script says, and the card gets it from the reader.
final class PinpadReaders: CardSource {
    /// What the person does at the keys.
    enum Press: Sendable {
        /// Enters these digits and presses OK; where the reader asks for a new secret, that one too, twice alike.
        case digits(String, new: String = "")
        /// Does something that the reader tells in a status word of its own.
        case failing(CardError.Code)
    }

    private let readers: VirtualReaders
    private let presses: Mutex<[Press]>
    private let entered = Mutex<[[PINBlock]]>([])
    private let questions = Mutex(0)

    init(around readers: VirtualReaders, presses: [Press]) {
        self.readers = readers
        self.presses = Mutex(presses)
    }

    /// The blocks that were to be filled in, command by command: one for a PIN, two for a change.
    var blocks: [[PINBlock]] { entered.withLock { $0 } }
    /// How often somebody asked for the pinpad.
    var inquiries: Int { questions.withLock { $0 } }

    func slots() async throws(CardError) -> [CardSlot] { readers.slots() }
    func changes() -> AsyncStream<[CardSlot]> { readers.changes() }
    func open(_ reader: String) async throws(CardError) -> any CardSession {
        Session(session: try readers.open(reader), source: self)
    }

    private func press(_ blocks: [PINBlock]) -> Press {
        entered.withLock { $0.append(blocks) }
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
            switch source.press([block]) {
            case .failing(let code): throw CardError(code, "the reader")
            case .digits(let digits, new: _): return try await send(block.header, block.filled(with: digits))
            }
        }

        func change(_ block: PINBlock, new: PINBlock) async throws(CardError) -> StatusWord {
            switch source.press([block, new]) {
            case .failing(let code): throw CardError(code, "the reader")
            case .digits(let present, new: let fresh):
                return try await send(block.header, block.filled(with: present) + new.filled(with: fresh))
            }
        }

        private func send(_ header: [UInt8], _ data: [UInt8]) async throws(CardError) -> StatusWord {
            let answer = try await session.transmit(header + [UInt8(data.count)] + data)
            return StatusWord(answer[0], answer[1])
        }
    }
}

extension PINBlock {
    /// What travels when somebody enters `digits`.
    fileprivate func filled(with digits: String) -> [UInt8] {
        Array(digits.utf8) + [UInt8](repeating: padding ?? 0, count: max(paddedLength - digits.utf8.count, 0))
    }
}
