import Foundation
import ISO7816
import TestSupport
import Testing

@testable import PCSC

/// Who is told to hold a card.
@Suite(.timeLimit(.minutes(5))) struct CardOwnersTests {
    private typealias Connection = ServiceClients.Connection
    private typealias Client = ServiceClients.Client

    @Test func `the clients of our service are found, those of others and we ourselves are not`() {
        let connections = [
            Connection(inode: 1, peer: 101, file: [7, 7]), Connection(inode: 101, peer: 1, file: [0, 0]),
            Connection(inode: 2, peer: 102, file: [7, 7]), Connection(inode: 102, peer: 2, file: [0, 0]),
            Connection(inode: 3, peer: 103, file: [8, 7]), Connection(inode: 103, peer: 3, file: [0, 0]),
            // Pairs without a file, as children have with their parents, are no services.
            Connection(inode: 4, peer: 104, file: [0, 0]), Connection(inode: 104, peer: 4, file: [0, 0]),
        ]
        #expect(ServiceClients.otherEnds(among: connections, of: [101, 104]) == [102])
        #expect(ServiceClients.otherEnds(among: connections, of: []) == [])
    }

    @Test func `a Tessera that holds a card is named alone, then everybody, five at most, then nobody`() {
        let browser = Client(process: 12, name: "firefox", holdsCard: false)
        let tessera = Client(process: 9, name: "tessera", holdsCard: true)
        #expect("\(ServiceClients(clients: [tessera, browser]))" == "Tessera holds it: tessera, process 9")
        #expect("\(ServiceClients(clients: [browser]))" == "connected to the service: firefox, process 12")
        let many = (1...7).map { Client(process: $0, name: "p", holdsCard: false) }
        #expect("\(ServiceClients(clients: many))".hasSuffix("p, process 5; and 2 more"))
        #expect("\(ServiceClients(clients: []))" == "which one cannot be seen from here")
    }

    @Test func `another error keeps its detail, a missing view of the owners keeps the error`() async {
        let removed = await CardOwners.naming(in: CardError(.removed, "A", detail: "why"), stuck: StuckReaders())
        #expect(removed == CardError(.removed, "A") && removed.detail == "why")
        let held = await CardOwners.naming(in: CardError(.heldByAnotherProgram, "A", detail: "why"), stuck: StuckReaders())
        #expect(held.code == .heldByAnotherProgram)
        #expect(held.detail?.hasSuffix("; why") == true)
    }

    @Test func `a Tessera that holds the card is named to another process, and then lets it have it`() async throws {
        try await PrivatePCSCD.withCard { reader, _ in
            let session = try await PCSCReaders.patient.open(reader)
            await #expect(processExitsWith: .success) { [reader = reader as String] in
                var found: CardError?
                // On a busy machine the time is over before it is seen who has it.
                let isNamed = await eventually {
                    let hasty = PCSCReaders(
                        deadlines: PCSCDeadlines(connect: .milliseconds(200), beginTransaction: .seconds(5), status: .seconds(60)))
                    do throws(CardError) { await (try hasty.open(reader)).end(.leave) } catch { found = error }
                    return found?.detail?.hasPrefix("Tessera holds it: ") == true
                }
                #expect(isNamed, "\(found?.detail ?? "it was opened")")
                #expect(found?.code == .heldByAnotherProgram)
                #expect(found?.detail?.contains("process \(getppid())") == true)
            }
            await session.end(.leave)
            await #expect(processExitsWith: .success) { [reader = reader as String] in
                await (try PCSCReaders.patient.open(reader)).end(.leave)
            }
        }
    }

    @Test func `a process that is only connected is found, without a card in its hands`() async throws {
        _ = try await PrivatePCSCD.shared
        // Ours is the connected one; the other process looks.
        let connection = PCSCReaders.patient.events()
        for await _ in connection { break }
        await #expect(processExitsWith: .success) {
            let parent = getppid()
            // What other tests have open meanwhile may be passed on to this process.
            let descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            let isConnected = descriptors.contains { name in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)"))?.hasPrefix("socket:") == true
            }
            let found = ServiceClients.find(within: .seconds(5)).clients
            #expect(isConnected || found.isEmpty, "without a connection of its own it knows no service")
            let connection = PCSCReaders.patient.events()
            for await _ in connection { break }
            let clients = ServiceClients.find(within: .seconds(5)).clients
            #expect(clients.contains { $0.process == parent && !$0.name.isEmpty })
            #expect(!clients.contains { $0.process == getpid() })
        }
    }
}
