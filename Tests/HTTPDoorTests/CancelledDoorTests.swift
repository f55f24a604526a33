import Foundation
import Glibc
import Synchronization
import Testing

@testable import HTTPDoor

/// A door whose task is cancelled, where a service would be shut down, while clients come in.
@Suite(.timeLimit(.minutes(5))) struct CancelledDoorTests {
    /// A connection that is in the queue of the listener as soon as this returns; `nil` when there is none any more.
    private static func knock(at path: String) -> Int32? {
        let client = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8) + [0]) }
        let isThere = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(client, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 }
        }
        guard isThere else {
            close(client)
            return nil
        }
        return client
    }

    /// Opens a door, lets some in, and cancels it; how many were there.
    private static func openAndCancel(_ round: Int, in folder: String) async throws -> Int {
        let path = "\(folder)/\(round).sock"
        let (addresses, told) = AsyncStream.makeStream(of: DoorAddress.self)
        let door = Door(Calls().routes(), at: .unix(UnixPlace(path, roles: [geteuid(): [.observer]])), logger: .silent) { told.yield($0) }
        let serving = Task { try await door.run() }
        for await _ in addresses { break }
        let clients = Mutex<[Int32]>([])
        let knocking = Task.detached {
            for _ in 0..<200 {
                guard let client = knock(at: path) else { break }
                clients.withLock { $0.append(client) }
            }
        }
        while clients.withLock({ $0.count }) < round % 50 { await Task.yield() }
        serving.cancel()
        _ = await serving.result
        await knocking.value
        // Whoever was let in, or waited for it, hears that it is over.
        for client in clients.withLock({ $0 }) {
            var request = pollfd(fd: client, events: Int16(POLLIN), revents: 0)
            #expect(poll(&request, 1, 60_000) == 1)
            var byte: UInt8 = 0
            #expect(read(client, &byte, 1) <= 0)
            close(client)
        }
        return clients.withLock { $0.count }
    }

    @Test func `doors that are cancelled while clients connect end, and take nobody along`() async {
        // A trap of the library would end the process, so that it is one of its own.
        await #expect(processExitsWith: .success) {
            try await TemporaryFolder.lend { folder in
                var knocks = 0
                for round in 0..<100 { knocks += try await CancelledDoorTests.openAndCancel(round, in: folder) }
                #expect(knocks > 100)
            }
        }
    }
}
