import Testing

@testable import Console

@Suite struct ConfirmationsTests {
    @Test func `what became of the latest drafts is remembered, and of no more`() {
        var confirmed = Browser.Confirmations()
        for number in 0...Browser.Confirmations.most { confirmed.keep("t-\(number)", of: "d-\(number)") }
        #expect(confirmed["d-0"] == nil && confirmed["d-1"] == "t-1")
        #expect(confirmed["d-\(Browser.Confirmations.most)"] == "t-\(Browser.Confirmations.most)")
        #expect(confirmed["another"] == nil)
    }
}
