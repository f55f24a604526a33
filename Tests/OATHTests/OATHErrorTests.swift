import OATH
import Testing

@Suite struct OATHErrorTests {
    @Test(arguments: [
        (OATHError.digits(11), "a code of 11 digits: take 6 to 10"),
        (.emptyKey, "the key is empty: import it again"),
        (.timeStep(.milliseconds(500)), "a time step of 0.5 seconds: take a whole number of seconds, at least one"),
        (.timeStep(.zero), "a time step of 0 seconds: take a whole number of seconds, at least one"),
        (
            .suite("OCRA-1:HOTP-SHA3-6:QN08", offset: 12, expected: "SHA1, SHA256 or SHA512"),
            "OCRA suite \"OCRA-1:HOTP-SHA3-6:QN08\", character 13: expected SHA1, SHA256 or SHA512"
        ),
        (.missingInput(.pinHash), "the OCRA suite needs a PIN hash"),
        (.unexpectedInput(.counter), "the OCRA suite does not cover a counter: leave it out, or choose a suite that does"),
        (.questionLength(9, maximum: 8), "a question of length 9, where the OCRA suite takes 1 to 8"),
        (
            .questionCharacter(offset: 0, format: .numeric),
            "character 1 of the question does not belong there: questions of this OCRA suite are numeric"
        ),
        (
            .questionNotHexadecimal(.alphanumeric),
            "bytes cannot answer this suite, whose questions are alphanumeric: give text, or choose a suite with QH"
        ),
        (.pinHashLength(32, expected: 20), "a PIN hash of 32 bytes, where the OCRA suite's hash has 20"),
        (.sessionLength(65, maximum: 64), "session data of 65 bytes, where the OCRA suite takes at most 64"),
    ])
    func `an error says what is wrong and what would be right`(error: OATHError, message: String) {
        #expect(error.description == message)
        #expect("\(error)" == message)
    }

    @Test func `a time before the epoch points to the clock`() {
        for (seconds, text) in [(-1, "-1"), (-1.5, "-1.5"), (.nan, "nan"), (.infinity, "inf")] as [(Double, String)] {
            let error = OATHError.timeOutOfRange(secondsSinceEpoch: seconds)
            #expect(error.description.hasPrefix("\(text) seconds"))
            #expect(error.description.contains("check the clock"))
        }
    }
}
