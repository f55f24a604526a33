import Devices
import Emulation
import Foundation
import ISO7816
import Testing

/// The identity card's twin in front of our own driver.
@Suite struct IdentityCardTests {
    @Test(arguments: EIDModel.allCases) func `an identity card is told by its need of PACE, and is not asked for a PIN`(model: EIDModel)
        async throws
    {
        let readers = VirtualReaders()
        try readers.attach(CardBench.reader)
        try readers.insert(.eID(model, holder: "Test Holder", authority: TestAuthority(now: Date()), now: Date()), in: CardBench.reader)
        let error = await #expect(throws: CardError.self) {
            try await CardDevice.opening(reader: CardBench.reader, of: readers, isEmulated: true)
        }
        #expect(error?.code == .notSupported)
        #expect(error.map { "\($0)".contains("needs PACE, not yet") } == true, "\(error.map { "\($0)" } ?? "")")
        #expect(error.map { "\($0)".contains("Luxembourg identity card") } == true)
    }
}
