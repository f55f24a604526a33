import DeviceProtocol
import Testing

struct FingerprintTests {
    // FIPS 180-4, the published digests of "abc" and of no message at all.
    @Test(arguments: [("abc", "ba7816bf8f01cfea414140de5dae2223"), ("", "e3b0c44298fc1c149afbf4c8996fb924")])
    func `a card's name is the first half of its certificate's digest, in lower case`(certificate: String, name: String) {
        let id = DeviceID(fingerprintOf: Array(certificate.utf8))
        #expect(id.rawValue == name)
        #expect(DeviceID(rawValue: name) == id)
    }

    @Test func `certificates that differ in one bit have names of their own`() {
        let certificate = [UInt8](repeating: 0x5A, count: 64)
        let names = (0..<512).map { bit in
            var changed = certificate
            changed[bit / 8] ^= 1 << (bit % 8)
            return DeviceID(fingerprintOf: changed)
        }
        #expect(Set(names + [DeviceID(fingerprintOf: certificate)]).count == 513)
    }
}
