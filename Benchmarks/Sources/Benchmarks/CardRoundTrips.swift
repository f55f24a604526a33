import CEchoLoop
import Emulation
import Foundation
import ISO7816
import PCSC

/// An emulated card in a real pcscd, for both sides of a comparison.
final class CardBehindService {
    /// PIV's SELECT, which the card answers from memory; SP 800-73-4 part 2, 3.1.1.
    static let command: [UInt8] = [0x00, 0xA4, 0x04, 0x00, 0x05, 0xA0, 0x00, 0x00, 0x03, 0x08, 0x00]
    /// Where the emulated card is.
    let reader: String
    /// Where the echo card is: the same pcscd, the same answer to the command.
    let echoReader: String
    private let slot: VPCDSlot
    private let echo: EchoCard
    private let service: PrivateService

    init() async throws {
        service = try PrivateService()
        (reader, echoReader) = (service.readers[0], service.readers[1])
        let now = Date()
        let card = try VirtualCard.piv(holder: "Test Holder", pin: "123456", authority: TestAuthority(now: now), now: now)
        card.powerOn()
        echo = try EchoCard(port: service.port + 1, atr: card.atr.bytes, answer: card.process(Self.command))
        slot = try await VPCDSlot.inserting(card, host: "127.0.0.1", port: service.port)
        for await slots in PCSCReaders().changes() where slots.count == 2 && slots.allSatisfy({ $0.content != .empty }) { return }
        throw BenchmarkError("the cards have not arrived")
    }

    deinit { Task { [slot] in await slot.remove() } }
}

/// Commands through `PCSC`: a thread, a deadline and a cancellation for each.
final class CardRoundTrips: Workload {
    let name = "CardSession.transmit"
    private let card: CardBehindService
    private var session: (any CardSession)?

    init(_ card: CardBehindService) { self.card = card }

    func prepare(_ count: Int) async throws { session = try await PCSCReaders().open(card.reader) }

    func run(_ count: Int) async throws {
        guard let session else { throw BenchmarkError("no session was prepared") }
        for _ in 0..<count {
            let answer = try await session.transmit(CardBehindService.command)
            guard answer.suffix(2) == [0x90, 0x00] else { throw BenchmarkError("SELECT was refused") }
        }
        await session.end(.leave)
    }
}

/// The same commands from a loop in C.
final class BareRoundTrips: Workload {
    let name: String
    private let reader: String
    /// Who puts the card into the reader; kept as long as it is asked.
    private let owner: AnyObject
    private var loop = echo_loop()

    /// - Parameter name: what answers, for the table.
    init(_ name: String = "SCardTransmit in C", reader: String, owner: AnyObject) {
        self.name = name
        self.reader = reader
        self.owner = owner
    }

    func prepare(_ count: Int) throws {
        try BenchmarkError.check(unsafe echo_loop_open(&loop, reader) == 0, "echo_loop_open")
    }

    func run(_ count: Int) throws {
        let command = CardBehindService.command
        let result = unsafe echo_loop_run(&loop, command, UInt(command.count), count)
        unsafe echo_loop_close(&loop)
        try BenchmarkError.check(result == 0, "echo_loop_run")
    }
}
