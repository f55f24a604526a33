import Testing

@testable import HTTPDoor

@Suite struct `The deadline of a connection` {
    private let limits = DoorLimits()

    @Test func `follows a request and its answer`() {
        var deadline = ConnectionDeadline(limits)
        #expect(deadline.opened() == .within(limits.headerTime))
        #expect(deadline.received() == .stays)
        #expect(deadline.head() == .within(limits.bodyTime))
        #expect(deadline.received() == .stays)
        #expect(deadline.end() == .off)
        #expect(deadline.answered() == .within(limits.idleTime))
        #expect(deadline.received() == .within(limits.headerTime))
        #expect(deadline.received() == .stays)
    }

    @Test func `waits for our own answer`() {
        var deadline = ConnectionDeadline(limits)
        _ = (deadline.head(), deadline.end())
        #expect(deadline.received() == .stays)
        #expect(deadline.head() == .stays)
        #expect(deadline.answered() == .within(limits.headerTime))
        #expect(deadline.end() == .off)
        #expect(deadline.answered() == .within(limits.idleTime))
    }

    @Test func `does not wait for a body that was refused`() {
        var deadline = ConnectionDeadline(limits)
        _ = deadline.head()
        #expect(deadline.answered() == .within(limits.headerTime))
        #expect(deadline.end() == .within(limits.idleTime))
        #expect(deadline.received() == .within(limits.headerTime))
        _ = (deadline.head(), deadline.end())
        #expect(deadline.answered() == .within(limits.idleTime))
    }

    @Test func `behind the last answer nothing that a client sends puts the end off`() {
        var deadline = ConnectionDeadline(limits)
        _ = deadline.head()
        #expect(deadline.answered(isLast: true) == .within(limits.headerTime))
        for _ in 0..<2 {
            #expect(deadline.received() == .stays)
            #expect(deadline.end() == .stays)
            #expect(deadline.head() == .stays)
            #expect(deadline.answered() == .stays)
            #expect(deadline.answered(isLast: true) == .stays)
        }
    }
}

@Suite struct `The date of an answer` {
    @Test func `is written as HTTP writes it`() {
        #expect(HTTPDate.text(784_111_777) == "Sun, 06 Nov 1994 08:49:37 GMT")
        #expect(HTTPDate.text(0) == "Thu, 01 Jan 1970 00:00:00 GMT")
        #expect(HTTPDate.text(1_709_164_800) == "Thu, 29 Feb 2024 00:00:00 GMT")
    }
}
