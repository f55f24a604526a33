import CardApplications
import DeviceProtocol
import Devices
import Foundation
import ISO7816
import Testing

@testable import Emulation

/// A card of a known family whose keys have other numbers than the family's: what it signs wrongly is never handed out, and from then on
/// it is taken at its own word.
@Suite struct MisplacedKeyTests {
    private static let reader = "Virtual Reader 00"
    private let readers = VirtualReaders()
    private let holder = ScriptedHolder(pins: ["123456", "123456"])
    private let summary = Summary(title: "Document", lines: [])

    /// - Parameter references: the keys' numbers; by default those that the family has the other way round.
    private func source(_ references: [UInt8] = [0x02, 0x01], isWatched: Bool = true) throws -> CountingSource {
        var layout = IASClassicFamily.v4.layout
        layout.keyReferences = references
        let now = Date()
        let content = try PKCS15Content(
            layout, holder: "Test Holder", keys: .rsa2048, authority: TestAuthority(now: now), now: now, identifier: UUID())
        let pin = try FreshPIN("123456", puk: "12345678", for: layout, tries: 5)
        try readers.attach(Self.reader)
        try readers.insert(VirtualCard.iasClassic(.v4, content, pin: pin), in: Self.reader)
        return CountingSource(readers, passesExtendedLength: false, isWatched: isWatched)
    }

    /// Whether the directory of private keys was selected.
    private func readsDirectory(_ commands: [[UInt8]]) -> Bool {
        commands.contains { $0.dropFirst(5).starts(with: [0x50, 0x00, 0x50, 0x02]) }
    }

    @Test func `a signature of another key is nobody's, and the next one goes by the card's own directory`() async throws {
        let source = try source()
        let signer = DocumentSigner(reader: Self.reader, of: source)
        let error = await #expect(throws: DeviceError.self) {
            try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        }
        #expect(error?.code == .indeterminate && error?.description.contains("does not verify") == true)
        let first = source.takeCommands()
        // One VERIFY without a PIN in it, which asks for the tries, and one with; one signature.
        #expect(first.count { $0.prefix(2) == [0x00, 0x20] } == 2)
        #expect(first.count { $0.prefix(4) == [0x00, 0x2A, 0x9E, 0x9A] } == 1 && !readsDirectory(first))
        let response = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        #expect(try response.isSignature(over: [1]))
        #expect(readsDirectory(source.takeCommands()))
        #expect(holder.pinRequests.map(\.triesLeft) == [5, 5])
    }

    /// Watched, what was read of the card is still known; unwatched, it is read again.
    @Test(arguments: [true, false])
    func `a card that refuses to sign, which it says last, is asked by its own directory's number the next time`(isWatched: Bool)
        async throws
    {
        let source = try source([0x01, 0x02], isWatched: isWatched)
        let signer = DocumentSigner(reader: Self.reader, of: source)
        source.forge(0x2A, 0x9E, to: [0x6A, 0x88])
        await #expect(throws: DeviceError.self) {
            try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        }
        let first = source.takeCommands()
        #expect(first.count { $0.prefix(3) == [0x00, 0x2A, 0x9E] } == 1 && !readsDirectory(first), "nothing is asked twice")
        source.forge(0x2A, 0x9E, to: nil)
        let response = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        #expect(try response.isSignature(over: [1]))
        #expect(readsDirectory(source.takeCommands()))
    }

    @Test func `who does not believe the family's places is right at once`() async throws {
        let source = try source()
        let signer = DocumentSigner(reader: Self.reader, of: source, believesPlaces: false)
        let response = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        #expect(try response.isSignature(over: [1]))
        #expect(readsDirectory(source.takeCommands()))
    }
}
