import DeviceProtocol
import Emulation
import Secrets
import Testing

@Suite struct ScriptedHolderTests {
    private let summary = Summary(title: "Login", lines: [.init("Origin", "bank.example")])
    private var request: PINRequest { PINRequest(summary: summary, device: "Card", triesLeft: 2, previousWasWrong: true) }

    private func digits(_ pin: consuming PIN) -> String {
        let bytes = pin.takeBytes()
        return bytes.withBytes { span in
            String(decoding: span.byteOffsets.map { span.unsafeLoad(fromByteOffset: $0, as: UInt8.self) }, as: UTF8.self)
        }
    }

    @Test func `it types its PINs one after the other, and then nobody is there`() async throws {
        let holder = ScriptedHolder(pins: ["1234", "123456"])
        #expect(digits(try await holder.pin(for: request)) == "1234")
        #expect(digits(try await holder.pin(for: request)) == "123456")
        await #expect(throws: HolderError.unavailable) { _ = try await holder.pin(for: request) }
    }

    @Test(arguments: [HolderError.declined, .cancelled, .timedOut, .unavailable])
    func `a refusal meets both questions, and spends no PIN`(reason: HolderError) async {
        let holder = ScriptedHolder(pins: ["1234"], refusal: reason)
        await #expect(throws: reason) { try await holder.consent(to: summary) }
        await #expect(throws: reason) { _ = try await holder.pin(for: request) }
        #expect(holder.events.count == 2)
    }

    @Test(arguments: [true, false])
    func `it answers for the last try as it is told`(spends: Bool) async throws {
        #expect(try await ScriptedHolder(spendsLastTry: spends).permitsLastTry(request) == spends)
    }

    @Test func `it remembers what it was shown and asked, in order`() async throws {
        let holder = ScriptedHolder(pins: ["1234"])
        await holder.show(.insertCard(reader: "Reader 7"))
        try await holder.consent(to: summary)
        _ = try await holder.pin(for: request)
        _ = try await holder.permitsLastTry(request)
        let words = holder.events.map { event in
            switch event {
            case .shown(.insertCard(let reader)): "insert into \(reader)"
            case .shown: "shown"
            case .askedConsent(let summary): "consent to \(summary.title)"
            case .askedPIN(let request): "PIN for \(request.device), \(request.triesLeft ?? -1) left, again \(request.previousWasWrong)"
            case .askedLastTry(let request): "last try on \(request.device)"
            }
        }
        #expect(words == ["insert into Reader 7", "consent to Login", "PIN for Card, 2 left, again true", "last try on Card"])
    }

    @Test func `a PIN that does not fit a page is no PIN`() async {
        let holder = ScriptedHolder(pins: [String(repeating: "1", count: SecretBytes.capacity + 1)])
        await #expect(throws: HolderError.unavailable) { _ = try await holder.pin(for: request) }
    }
}
