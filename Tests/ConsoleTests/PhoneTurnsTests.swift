import Testing

@testable import Console

@Suite struct PhoneTurnsTests {
    @Test func `a phone that fetches again ends its former turn, and no other phone's`() {
        let turns = PhoneTurns()
        let (first, other) = (turns.take("a"), turns.take("b"))
        #expect(turns.isLast(first, of: "a"))
        let second = turns.take("a")
        #expect(!turns.isLast(first, of: "a"))
        #expect(turns.isLast(second, of: "a") && turns.isLast(other, of: "b"))
    }
}
