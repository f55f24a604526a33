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

    /// The number that the family has for the signature key is that of the authentication key here.
    private func source() throws -> CountingSource {
        var layout = IASClassicFamily.v4.layout
        layout.keyReferences = [0x02, 0x01]
        let now = Date()
        let content = try PKCS15Content(
            layout, holder: "Test Holder", keys: .rsa2048, authority: TestAuthority(now: now), now: now, identifier: UUID())
        let pin = try FreshPIN("123456", puk: "12345678", for: layout, tries: 5)
        try readers.attach(Self.reader)
        try readers.insert(VirtualCard.iasClassic(.v4, content, pin: pin), in: Self.reader)
        return CountingSource(readers, passesExtendedLength: false, isWatched: true)
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

    @Test func `who does not believe the family's places is right at once`() async throws {
        let source = try source()
        let signer = DocumentSigner(reader: Self.reader, of: source, believesPlaces: false)
        let response = try await signer.sign(document: [1], with: .signature, showing: summary, to: holder)
        #expect(try response.isSignature(over: [1]))
        #expect(readsDirectory(source.takeCommands()))
    }
}
