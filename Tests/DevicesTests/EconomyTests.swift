import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// How many commands a signature takes, and that none is saved at the wrong place.
@Suite struct EconomyTests {
    private static let reader = "Virtual Reader 00"
    private static let authority = Result { try TestAuthority(now: Date()) }
    private let readers = VirtualReaders()
    private let holder = { ScriptedHolder(pins: ["123456"]) }
    private let summary = Summary(title: "Document", lines: [])

    private func card(_ keys: CardKeyKind) throws -> VirtualCard {
        try VirtualCard.piv(holder: "Test Holder", keys: keys, authority: Self.authority.get(), now: Date())
    }

    private func source(_ keys: CardKeyKind, extended: Bool = false, isWatched: Bool = true) throws -> CountingSource {
        try readers.attach(Self.reader)
        try readers.insert(card(keys), in: Self.reader)
        return CountingSource(readers, passesExtendedLength: extended, isWatched: isWatched)
    }

    private func respond(_ device: CardDevice, to ask: Ask) async throws -> Response {
        try await device.respond(to: .plain(CardBench.challenge(ask)), with: holder())
    }

    @Test(
        arguments: [
            (.rsa2048, false, 11, 6), (.rsa2048, true, 6, 4), (.rsa3072, false, 12, 6), (.rsa3072, true, 6, 4), (.p256, false, 8, 4),
            (.p256, true, 6, 4), (.p384, false, 8, 4),
        ] as [(CardKeyKind, Bool, Int, Int)])
    func `a document takes at most twelve commands cold and six warm`(_ keys: CardKeyKind, _ extended: Bool, _ cold: Int, _ warm: Int)
        async throws
    {
        let source = try source(keys, extended: extended)
        let signer = DocumentSigner(reader: Self.reader, of: source)
        var counts: [Int] = []
        for _ in 0..<3 {
            let document = Array("agreed \(counts.count)".utf8)
            _ = try await signer.sign(document: document, with: .signature, showing: summary, to: holder())
            counts.append(source.takeCommands().count)
        }
        print(
            "APDUs from connect to one signature, \(keys.rawValue), \(extended ? "extended" : "short"): cold \(counts[0]), warm \(counts[1])"
        )
        #expect(counts[0] <= cold && cold <= 12)
        #expect(counts[1] <= warm && warm <= 6)
        #expect(counts[2] == counts[1])
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256])
    func `a device reads each certificate once, and a payment is warm after the first`(_ keys: CardKeyKind) async throws {
        let source = try source(keys)
        let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
        #expect(reads(source.takeCommands(), of: 0x05) == 1)
        _ = try await respond(device, to: .login)
        #expect(source.takeCommands().count <= 6)
        _ = try await respond(device, to: .payment)
        let first = source.takeCommands()
        #expect(first.count <= 12)
        #expect(reads(first, of: 0x05) == 0 && reads(first, of: 0x0A) == 1)
        _ = try await respond(device, to: .payment)
        #expect(source.takeCommands().count <= 6)
    }

    @Test func `without a witness the certificate of the wanted key tells that it is the same card`() async throws {
        let source = try source(.rsa2048, isWatched: false)
        let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
        _ = try await device.certificate(for: .signature)
        _ = source.takeCommands()
        for ask in [Ask.payment, .login, .payment] {
            _ = try await respond(device, to: ask)
            let commands = source.takeCommands()
            #expect(commands.count <= 12)
            #expect(reads(commands, of: 0x05) + reads(commands, of: 0x0A) == 1)
        }
    }

    @Test(arguments: Ask.allCases)
    func `when nobody vouches, another card is found before the PIN is asked`(ask: Ask) async throws {
        let source = try source(.p256)
        let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
        _ = try await respond(device, to: ask)
        readers.pull(from: Self.reader)
        try readers.insert(card(.p256), in: Self.reader)
        source.loseSight()
        let holder = holder()
        await #expect(throws: DeviceError(.removed, "")) {
            try await device.respond(to: .plain(CardBench.challenge(ask)), with: holder)
        }
        #expect(holder.pinRequests.isEmpty)
        await #expect(throws: DeviceError(.removed, "")) { try await device.certificate(for: .cardAuthentication) }
    }

    @Test func `a witness who is wrong is found by the signature, and nothing is handed out`() async throws {
        let source = try source(.p256)
        let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
        _ = try await respond(device, to: .payment)
        readers.pull(from: Self.reader)
        let other = try card(.p256)
        try readers.insert(other, in: Self.reader)
        do {
            _ = try await respond(device, to: .payment)
            Issue.record("the signature of another card was handed out")
        } catch let error as DeviceError {
            #expect(error.code == .indeterminate)
            #expect(error.description.contains("does not verify"))
        }
        // What was read is forgotten: the next attempt sees the other card before it asks for a PIN.
        let holder = holder()
        await #expect(throws: DeviceError(.removed, "")) {
            try await device.respond(to: .plain(CardBench.challenge(.payment)), with: holder)
        }
        #expect(holder.pinRequests.isEmpty)
    }

    @Test func `a card that refuses the SELECT of whom somebody vouched for is opened anew`() async throws {
        let source = try source(.p256)
        let signer = DocumentSigner(reader: Self.reader, of: source)
        _ = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder())
        _ = source.takeCommands()
        source.forge(0xA4, to: [0x6A, 0x82])
        let error = await #expect(throws: DeviceError(.notSupported, "")) {
            try await signer.sign(document: [1], with: .signature, showing: summary, to: holder())
        }
        #expect(error?.hint.contains("tessera card probe") == true, "what helps with a card that nobody knows")
        // Asked for PIV twice: as the card that it was, and as one that nobody knows.
        let first = try #require(source.takeCommands().first)
        source.forge(0xA4, to: nil)
        let response = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder())
        #expect(try response.isSignature(over: [1]))
        #expect(source.takeCommands().first == first)
    }

    @Test func `a card that refuses its certificates is not called another one`() async throws {
        let source = try source(.p256, isWatched: false)
        let device = try await CardDevice.opening(reader: Self.reader, of: source, isEmulated: true)
        source.forge(0xCB, to: [0x6F, 0x00])
        let holder = holder()
        await #expect(throws: DeviceError(.notSupported, "")) {
            try await device.respond(to: .plain(CardBench.challenge(.payment)), with: holder)
        }
        source.forge(0xCB, to: nil)
        #expect(holder.pinRequests.isEmpty)
        _ = try await respond(device, to: .payment)
    }

    @Test func `a card that was changed since its certificate was read is not asked to sign in its place`() async throws {
        let source = try source(.p256, isWatched: false)
        let signer = DocumentSigner(reader: Self.reader, of: source)
        let certificate = try #require(try await signer.certificate(for: .signature))
        readers.pull(from: Self.reader)
        try readers.insert(card(.p256), in: Self.reader)
        let holder = holder()
        await #expect(throws: DeviceError(.removed, "")) {
            try await signer.sign(document: [1], with: .signature, by: certificate, showing: summary, to: holder)
        }
        #expect(holder.pinRequests.isEmpty)
        // Whoever has looked again signs with what they saw.
        let other = try #require(try await signer.certificate(for: .signature))
        let response = try await signer.sign(document: [1], with: .signature, by: other, showing: summary, to: holder)
        #expect(try response.isSignature(over: [1]))
    }

    @Test(arguments: [CardKeyKind.rsa2048, .p256], [false, true])
    func `nothing comes between VERIFY and the signature`(_ keys: CardKeyKind, _ extended: Bool) async throws {
        let source = try source(keys, extended: extended)
        let signer = DocumentSigner(reader: Self.reader, of: source)
        for _ in 0..<2 {
            _ = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder())
            let commands = source.takeCommands()
            let verify = try #require(commands.lastIndex { $0.prefix(2) == [0x00, 0x20] })
            let sign = try #require(commands.firstIndex { $0.count > 1 && $0[1] == 0x87 })
            #expect(sign == verify + 1)
        }
    }

    /// How often the certificate whose tag ends in `last` was asked for.
    private func reads(_ commands: [[UInt8]], of last: UInt8) -> Int {
        commands.count { command in
            guard let parsed = try? CommandAPDU(parsing: command) else { return false }
            return parsed.instruction == 0xCB && parsed.data == [0x5C, 0x03, 0x5F, 0xC1, last]
        }
    }
}
