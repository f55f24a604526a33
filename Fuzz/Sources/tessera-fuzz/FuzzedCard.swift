import CardApplications
import Dispatch
import ISO7816
import Secrets
import Synchronization

/// Answers cut out of fuzzed bytes: a two-byte length before each.
struct FuzzedAnswers {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func next() -> [UInt8]? {
        guard rest.count >= 2, let high = rest.popFirst(), let low = rest.popFirst() else { return nil }
        let length = min(Int(high) << 8 | Int(low), rest.count)
        defer { rest = rest.dropFirst(length) }
        return Array(rest.prefix(length))
    }
}

/// A card that answers with fuzzed bytes, whatever it is asked, and with an error when they are used up.
final class FuzzedCard: CardChannel {
    let atr: ATR
    let passesExtendedLength: Bool
    private let answers: Mutex<FuzzedAnswers>

    private init(atr: ATR, passesExtendedLength: Bool, _ answers: FuzzedAnswers) {
        self.atr = atr
        self.passesExtendedLength = passesExtendedLength
        self.answers = Mutex(answers)
    }

    /// Opens the card, asks all that can be asked, and tries every key; nothing may trap or go on for ever.
    static func meet(_ bytes: [UInt8]) {
        var answers = FuzzedAnswers(bytes)
        guard let first = answers.next(), let atr = (try? ATR(parsing: first)) ?? (try? ATR(parsing: [0x3B, 0x80, 0x80, 0x01, 0x01])) else {
            return
        }
        let card = FuzzedCard(atr: atr, passesExtendedLength: first.count.isMultiple(of: 2), answers)
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            await use(card)
            done.signal()
        }
        done.wait()
    }

    /// Asks all that can be asked of a card, and tries every key.
    static func use(_ channel: any CardChannel) async {
        guard let application = try? await CardApplications.open(on: channel) else { return }
        for pin in application.pins { _ = try? await application.state(of: pin) }
        for key in application.keys {
            guard let pin = try? SecretBytes.copying(Array("123456".utf8)) else { return }
            _ = try? await application.verify(pin, for: key)
            _ = try? await application.sign(digest: [UInt8](repeating: 0x5A, count: 32), with: key)
        }
    }

    func transmit(_ command: [UInt8]) throws(CardError) -> [UInt8] {
        guard let answer = answers.withLock({ $0.next() }) else { throw CardError(.removed, "fuzzed card") }
        return answer
    }

    func transmit(_ command: consuming SensitiveCommand) throws(CardError) -> [UInt8] { try transmit(command.header) }
}
