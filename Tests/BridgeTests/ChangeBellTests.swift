import TestSupport
import Testing

@testable import Bridge

@Suite struct ChangeBellTests {
    @Test func `who listens no more is forgotten`() async {
        let bell = ChangeBell()
        let listening = Task { for await _ in bell.rings() {} }
        #expect(await eventually { bell.isHeard })
        listening.cancel()
        #expect(await eventually { !bell.isHeard })
        await listening.value
    }
}
