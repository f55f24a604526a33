import CardApplications
import DeviceProtocol
import Devices
import Emulation
import Foundation
import Testing

/// What a card tells of itself before anybody types a PIN.
@Suite struct CardStatusTests {
    @Test func `a card says whose it is, how many tries are left, and what its PIN may be`() async throws {
        let status = try await CardBench(tries: 5).device.status()
        #expect(status == DeviceStatus(triesLeft: 5, pin: .init(alphabet: .digits, minLength: 6, maxLength: 8), holder: "Test Holder"))
    }

    @Test(arguments: ["Anna\nSchmit", "Anna \u{202E}timhcS", "\u{1B}[2JAnna"])
    func `a name that cannot be shown in one line is none`(name: String) async throws {
        #expect(try await holder(of: card(of: name)) == nil)
    }

    @Test(arguments: ["Zoë Lëtzebuerg", "Δήμητρα Παπαδοπούλου", String(repeating: "A", count: 64)])
    func `a name in any script is told`(name: String) async throws {
        #expect(try await holder(of: card(of: name)) == name)
    }

    private func card(of name: String) throws -> VirtualCard {
        try .piv(holder: name, keys: .p256, pin: "123456", tries: 3, authority: TestAuthority(now: Date()), now: Date())
    }

    private func holder(of card: VirtualCard) async throws -> String? {
        let readers = VirtualReaders()
        try readers.attach("reader")
        try readers.insert(card, in: "reader")
        return try await CardDevice.opening(reader: "reader", of: readers, isEmulated: true).status().holder
    }
}
