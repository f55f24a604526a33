import Emulation
import Testing

@testable import tessera

/// What is said of an emulated card beforehand.
@Suite struct EmulatedApplicationTests {
    @Test func `a card whose ways are inferred says so, with which and from where`() throws {
        for application in [EmulatedApplication.iasClassic, .classicV3] {
            let caution = try #require(application.caution)
            #expect(caution.hasPrefix("Inferred from sibling cards: application identifier, "), "\(caution)")
            #expect(caution.contains("OpenSC, "))
        }
        #expect(EmulatedApplication.piv.caution == nil && EmulatedApplication.pkcs15.caution == nil)
    }

    @Test func `only the card of the standards alone has long RSA keys, besides PIV`() {
        #expect(EmulatedApplication.pkcs15.takes(.rsa4096, .iso) && !EmulatedApplication.pkcs15.takes(.rsa4096, .oseid))
        #expect(EmulatedApplication.piv.takes(.rsa4096, .oseid) && !EmulatedApplication.iasClassic.takes(.rsa3072, .oseid))
    }
}
