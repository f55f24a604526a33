import HTTPDoor
import Hummingbird
import Testing
import Verification

@testable import Bridge

/// What is said of a request that was carried out where its outcome cannot be shown.
@Suite struct DoneUnseenTests {
    @Test(arguments: [StoreError.cancelled, .busy, .unavailable("away")])
    func `what keeps a deed from being shown is not taken for the deed, which would be repeated`(error: StoreError) async throws {
        #expect(Problem(error).isRetryable || error == .unavailable("away"))
        let problem = await #expect(throws: Problem.self) { try await Problem.afterwards { throw error } }
        #expect(problem?.code == "doneUnseen" && problem?.isRetryable == false && problem?.status == .serviceUnavailable)
        #expect(problem?.headers.isEmpty == true, "nothing says when to repeat it")
    }

    @Test func `it is looked at to the end when the client is gone`() async throws {
        let looking = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await Problem.afterwards {
                try Task.checkCancellation()
                return Response(status: .ok)
            }
        }
        looking.cancel()
        #expect(try await looking.value.status == .ok)
    }
}
