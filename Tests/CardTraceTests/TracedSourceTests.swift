import CardApplications
import CardTrace
import Emulation
import Foundation
import ISO7816
import Secrets
import Synchronization
import Testing

/// Events in the order in which they were told.
private final class Notes: Sendable {
    private let events = Mutex<[TraceEvent]>([])
    func add(_ event: TraceEvent) { events.withLock { $0.append(event) } }
    var all: [TraceEvent] { events.withLock { $0 } }
    var text: String { all.map(TraceLine.text).joined(separator: "\n") }
}

struct TracedSourceTests {
    private static let reader = "Virtual Reader 00"
    private static let digest = [UInt8](repeating: 0x5A, count: 32)

    /// A PIV card, every session with which is noted.
    private static func card() throws -> (TracedSource, Notes) {
        let readers = VirtualReaders()
        try readers.attach(reader)
        let card = try VirtualCard.piv(
            holder: "Test Holder", keys: .p256, pin: "27182818", puk: "16180339", authority: TestAuthority(now: Date()), now: Date())
        try readers.insert(card, in: reader)
        let notes = Notes()
        return (TracedSource(readers) { notes.add($0) }, notes)
    }

    /// Every way of sending a PIN once, then a signature.
    private static func useEverything(_ source: some CardSource) async throws -> [UInt8] {
        try await source.withCard(in: reader, ending: .reset) { channel async throws(CardError) in
            let application = try await CardApplications.open(on: channel, for: [.signature])
            guard let key = application.keys.first, let pin = try application.pin(for: key) else {
                throw CardError(.notSupported, "no key")
            }
            do {
                _ = try await application.verify(try SecretBytes.copying(Array("999999".utf8)), as: pin)
                _ = try await application.change(
                    pin, from: try SecretBytes.copying(Array("27182818".utf8)), to: try SecretBytes.copying(Array("577215".utf8)))
                _ = try await application.unblock(
                    pin, with: try SecretBytes.copying(Array("16180339".utf8)), to: try SecretBytes.copying(Array("141421".utf8)))
                _ = try await application.verify(try SecretBytes.copying(Array("141421".utf8)), as: pin)
            } catch let error as CardError { throw error } catch { throw CardError(.notSupported, "memory") }
            return try await application.sign(digest: digest, with: key)
        }
    }

    @Test func `no PIN and no PUK is in a trace, whichever way it was sent`() async throws {
        let (source, notes) = try Self.card()
        _ = try await Self.useEverything(source)
        for secret in ["999999", "27182818", "577215", "16180339", "141421"] {
            let hexadecimal = Array(secret.utf8).hexadecimal
            #expect(!notes.text.contains(secret))
            #expect(!notes.text.uppercased().contains(hexadecimal))
        }
        let withheld = notes.all.filter { if case .exchange(let exchange) = $0 { exchange.command.isWithheld } else { false } }
        #expect(withheld.count == 4)
    }

    @Test func `a trace tells how a session began and how it ended, once`() async throws {
        let (source, notes) = try Self.card()
        let session = try await source.open(Self.reader)
        await session.end(.leave)
        await session.end(.reset)
        #expect(notes.all == [.opened(reader: Self.reader, atr: session.atr), .ended(.leave)])
    }

    @Test func `a command that fails is told with its reason`() async throws {
        let readers = VirtualReaders()
        try readers.attach(Self.reader)
        let card = try VirtualCard.piv(holder: "Test Holder", keys: .p256, authority: TestAuthority(now: Date()), now: Date())
        try readers.insert(card, in: Self.reader, faults: .pullBefore(1))
        let notes = Notes()
        let source = TracedSource(readers) { notes.add($0) }
        await #expect(throws: CardError(.removed, "")) {
            try await source.withCard(in: Self.reader, ending: .leave) { channel async throws(CardError) in
                _ = try await channel.transmit([0x00, 0xA4, 0x04, 0x00])
            }
        }
        #expect(notes.text.contains(#""error":"the card was removed"#))
    }

    @Test func `a trace played again gives the same card and the same signature`() async throws {
        let (source, notes) = try Self.card()
        let signature = try await Self.useEverything(source)
        let replayed = try ReplayedSource(try TraceLine.events(parsing: notes.text))
        #expect(replayed.slots().map(\.reader) == [Self.reader])
        #expect(try await Self.useEverything(replayed) == signature)
    }

    @Test func `a command that was never recorded is not answered`() async throws {
        let (source, notes) = try Self.card()
        _ = try await Self.useEverything(source)
        let session = try ReplayedSource(notes.all).open(Self.reader)
        await #expect(throws: CardError(.notSupported, "")) { try await session.transmit([0x00, 0xCA, 0x9F, 0x7F, 0x00]) }
        #expect(throws: CardError(.readerMissing, "")) { try ReplayedSource(notes.all).open("another") }
    }

    @Test func `an exchange without a card is no trace`() {
        let exchange = TraceEvent.exchange(TracedExchange(TracedCommand([0x00, 0xA4]), .answered([0x90, 0x00]), taking: .zero))
        #expect(throws: TraceError.self) { try ReplayedSource([exchange]) }
    }
}
