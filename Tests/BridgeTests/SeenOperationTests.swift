import Testing

@testable import Bridge

/// What a client says that it has seen of an operation.
@Suite struct SeenOperationTests {
    @Test(arguments: [("12.5", 12, 5), ("12", 12, nil), ("0.0", 0, 0)] as [(String, Int64, Int64?)])
    func `what was seen is read as it was written`(_ text: String, _ change: Int64, _ notes: Int64?) {
        let seen = SeenOperation(text)
        #expect(seen == SeenOperation(change: change, notes: notes) && seen?.text == text)
    }

    @Test(arguments: ["", ".", "1.", ".1", "-1", "+1", "1.2.3", "1.-2", "x", "9223372036854775808", "1.9223372036854775808"])
    func `what nobody wrote is not read`(_ text: String) { #expect(SeenOperation(text) == nil) }
}
