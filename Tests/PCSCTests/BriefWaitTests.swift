import Testing

@testable import PCSC

struct BriefWaitTests {
    @Test func `one task spins at a time, and the next one suspends at once`() {
        let place = SpinningPlace()
        var (outer, inner) = (0, 0)
        place.wait {
            outer += 1
            place.wait {
                inner += 1
                return true
            }
            return true
        }
        #expect((outer, inner) == (1, 0))
        // The place is free again.
        place.wait {
            inner += 1
            return true
        }
        #expect(inner == 1)
    }

    @Test func `a wait for what does not come ends by itself, and leaves the place free`() {
        let place = SpinningPlace()
        place.wait { false }
        var isAsked = false
        place.wait {
            isAsked = true
            return true
        }
        #expect(isAsked)
    }

    @Test func `nobody spins behind one quick answer, nor behind a slow one`() {
        let pace = Pace()
        #expect(!pace.isBrief)
        pace.note(BriefWait.limit / 2)
        #expect(!pace.isBrief)
        pace.note(BriefWait.limit / 2)
        #expect(pace.isBrief)
        pace.note(BriefWait.limit)
        #expect(!pace.isBrief)
        pace.note(BriefWait.limit / 2)
        #expect(!pace.isBrief)
    }
}
