import Crypto
import Foundation
import Testing
import Verification

struct KeyMaterialTests {
    private let material = KeyMaterial(SymmetricKey(data: Array("a seed that is secret".utf8)))

    @Test func `a key is written to storage and read back`() throws {
        let copy = try JSONDecoder().decode(KeyMaterial.self, from: JSONEncoder().encode(material))
        #expect(copy == material)
        #expect(copy.key.bitCount == 21 * 8)
    }

    @Test func `a key never appears in text`() {
        var dumped = ""
        dump(material, to: &dumped)
        let credential = Credential.timedCode(TimedCode(key: material))
        for text in ["\(material)", String(reflecting: material), dumped, "\(credential)", String(reflecting: credential)] {
            #expect(!text.contains("secret"))
            #expect(!text.contains("115, 101"))
            #expect(text.contains("168 bits") || text == dumped)
        }
    }

    @Test func `different keys are different`() {
        #expect(material != KeyMaterial(SymmetricKey(data: Array("a seed that is secreT".utf8))))
    }
}
