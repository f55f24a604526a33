import OATH
import TestSupport
import Testing

@Suite struct Base32Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "MY======"), ("fo", "MZXQ===="), ("foo", "MZXW6==="), ("foob", "MZXW6YQ="), ("fooba", "MZXW6YTB"),
        ("foobar", "MZXW6YTBOI======"),
    ])
    func `the published texts come out, padded or not`(text: String, padded: String) {
        let bare = padded.replacing("=", with: "")
        #expect(Base32.encode(text.utf8) == bare)
        for letters in [padded, bare, bare.lowercased()] { #expect(Base32.decode(letters) == Array(text.utf8)) }
    }

    @Test func `whatever is written is read again`() {
        var random = SeededGenerator(seed: 32)
        for count in 0...64 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(Base32.decode(Base32.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        "A", "ABC", "ABCDEF", "MY=", "MY=====", "MY=======", "=", "========", "M=Y=====", "MZ", "MZXR", "0Y", "1Y", "8Y", "MY MY",
        "M\u{FF39}",
        "MZXW6YTB========",
    ])
    func `what is no Base32, or stands for the bytes of another text, is refused`(text: String) {
        #expect(Base32.decode(text) == nil)
    }
}
