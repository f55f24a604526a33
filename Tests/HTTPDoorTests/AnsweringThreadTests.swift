import Foundation
import Hummingbird
import NIOPosix
import ServiceLifecycle
import Testing

@testable import HTTPDoor

@Suite(.timeLimit(.minutes(5))) struct AnsweringThreadTests {
    @Test(arguments: [AnsweringThread.any, .connection])
    func `routes answer where the door was told, and elsewhere what computes for long`(_ thread: AnsweringThread) async throws {
        let routes = Router(context: DoorContext.self)
        routes.get("here") { _, _ in Self.place() }
        routes.get("aside") { _, _ in await withTaskExecutorPreference(globalConcurrentExecutor) { await Self.laterPlace() } }
        try await OpenDoor.atSocket(routes: routes, thread: thread) { door in
            for path in ["here", "aside"] {
                let answer = try await RawPeer.send(RawPeer.request("GET /\(path)"), to: door.address)
                #expect(answer.hasSuffix(path == "here" && thread == .connection ? "on a loop" : "on none"), "\(path): \(answer)")
            }
        }
    }

    private static func place() -> String { MultiThreadedEventLoopGroup.currentEventLoop == nil ? "on none" : "on a loop" }

    private static func laterPlace() async -> String { place() }
}
