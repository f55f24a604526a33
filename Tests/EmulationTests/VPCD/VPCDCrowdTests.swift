import Foundation
import ISO7816
import TestSupport
import Testing

@testable import Emulation

/// Many cards in one process, each with a vpcd of its own.
@Suite(.timeLimit(.minutes(5))) struct VPCDCrowdTests {
    private static let count = 64

    /// A card, its slot and the vpcd behind it.
    private final class Member: Sendable {
        let card: VirtualCard
        let daemon: FakeVPCD
        let slot: VPCDSlot
        let peer: FakeVPCD.Peer

        init() async throws {
            let card = try TestCards.unpowered(tries: 5)
            let daemon = try FakeVPCD()
            async let inserted = VPCDSlot.inserting(card, host: "127.0.0.1", port: daemon.port, patience: .patient)
            peer = try await daemon.acceptCard().peer
            slot = try await inserted
            (self.card, self.daemon) = (card, daemon)
            try await peer.tell([0x01])
        }

        /// The answer to a VERIFY without data.
        func tries(_ peer: FakeVPCD.Peer? = nil) async throws -> [UInt8] { try await (peer ?? self.peer).ask([0x00, 0x20, 0x00, 0x80]) }
    }

    private static func makeMembers() async throws -> [Member] {
        try await withThrowingTaskGroup(of: Member.self) { group in
            for _ in 0..<count { group.addTask { try await Member() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func leave(_ members: [Member]) async {
        await withTaskGroup { group in
            for member in members { group.addTask { await member.slot.remove() } }
        }
    }

    @Test func `64 cards at once keep their own tries, and neither a pull nor a restart of one is felt by another`() async throws {
        let members = try await Self.makeMembers()
        for (index, member) in members.enumerated() {
            for _ in 0..<index % 4 { _ = try await member.peer.ask([0x00, 0x20, 0x00, 0x80, 0x08] + padded("000000")) }
        }
        let expected = members.indices.map { [0x63, 0xC5 - UInt8($0 % 4)] }
        for (member, status) in zip(members, expected) { #expect(try await member.tries() == status) }

        // Every third vpcd ends and comes back, every fourth card is pulled.
        for index in stride(from: 0, to: Self.count, by: 3) { members[index].peer.hangUp() }
        for index in stride(from: 0, to: Self.count, by: 4) { await members[index].slot.remove() }
        for (index, member) in members.enumerated() {
            switch (index.isMultiple(of: 3), index.isMultiple(of: 4)) {
            case (_, true):
                #expect(member.slot.status == .removed)
            case (true, false):
                let (peer, atr) = try await member.daemon.acceptCard()
                #expect(atr == member.card.atr.bytes)
                #expect(try await member.tries(peer) == expected[index])
                #expect(member.slot.status == .connected)
            case (false, false):
                #expect(try await member.tries() == expected[index])
                #expect(member.slot.status == .connected)
            }
        }
        await Self.leave(members)
        #expect(members.allSatisfy { $0.slot.status == .removed && !$0.card.isPowered })
    }

    @Test func `64 cards that were there leave no thread and no descriptor behind`() async {
        // A process of its own, because other tests open files, too.
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let before = Footprint()
            let during = try await VPCDCrowdTests.crowd()
            // The runtime keeps a few threads and descriptors of its own from its first work on.
            let isClean = await eventually {
                let now = Footprint()
                return now.descriptors <= before.descriptors + 32 && now.threads <= before.threads + 8
            }
            print("64 cards: before \(before), with them \(during), afterwards \(Footprint())")
            guard isClean, during.threads >= before.threads + 64, during.descriptors >= before.descriptors + 64 else { exit(1) }
        }
        print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self), terminator: "")
    }

    private static func crowd() async throws -> Footprint {
        let members = try await makeMembers()
        let during = Footprint()
        await leave(members)
        return during
    }
}

/// What this process holds of the system.
private struct Footprint: CustomStringConvertible {
    let threads = Footprint.count("/proc/self/task")
    let descriptors = Footprint.count("/proc/self/fd")

    private static func count(_ folder: String) -> Int { (try? FileManager.default.contentsOfDirectory(atPath: folder).count) ?? 0 }

    var description: String { "\(threads) threads and \(descriptors) descriptors" }
}
